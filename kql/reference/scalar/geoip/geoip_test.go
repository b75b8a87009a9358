package geoip

import (
	"encoding/binary"
	"math"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
)

// The file format is small enough to write one by hand (https://maxmind.github.io/MaxMind-DB).

func text(s string) []byte { return append([]byte{2<<5 | byte(len(s))}, s...) }

func number(n uint32) []byte { return binary.BigEndian.AppendUint32([]byte{6<<5 | 4}, n) }

func double(f float64) []byte {
	return binary.BigEndian.AppendUint64([]byte{3<<5 | 8}, math.Float64bits(f))
}

func object(pairs ...any) []byte {
	out := []byte{7<<5 | byte(len(pairs)/2)}
	for i := 0; i < len(pairs); i += 2 {
		out = append(append(out, text(pairs[i].(string))...), pairs[i+1].([]byte)...)
	}
	return out
}

func list(items ...[]byte) []byte {
	out := []byte{byte(len(items)), 4}
	for _, x := range items {
		out = append(out, x...)
	}
	return out
}

func english(s string) []byte { return object("names", object("en", text(s), "de", text(s+"!"))) }

// database has one entry, for 20.0.0.0/8.
func database(entry []byte) []byte {
	const bits, nodes = 8, 8
	var tree []byte
	record := func(n uint32) { tree = append(tree, byte(n>>16), byte(n>>8), byte(n)) }
	for i := range bits {
		next := uint32(i + 1)
		if i == bits-1 {
			next = nodes + 16 // the start of the data
		}
		if 20>>(bits-1-i)&1 == 0 {
			record(next)
			record(nodes)
		} else {
			record(nodes)
			record(next)
		}
	}
	out := append(append(tree, make([]byte, 16)...), entry...)
	out = append(out, "\xab\xcd\xefMaxMind.com"...)
	short := func(n uint16) []byte { return binary.BigEndian.AppendUint16([]byte{5<<5 | 2}, n) }
	return append(out, object("node_count", number(nodes), "record_size", short(24), "ip_version", short(4), "database_type", text("Test-City"),
		"languages", list(text("en")), "binary_format_major_version", short(2), "binary_format_minor_version", short(0),
		"build_epoch", []byte{8, 2, 0, 0, 0, 0, 0, 0, 0, 1}, "description", object("en", text("test")))...)
}

func open(t *testing.T, entry []byte) *Database {
	t.Helper()
	path := filepath.Join(t.TempDir(), "test.mmdb")
	if err := os.WriteFile(path, database(entry), 0o600); err != nil {
		t.Fatal(err)
	}
	d, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	})
	return d
}

func TestLocate(t *testing.T) {
	d := open(t, object("country", english("Australia"), "subdivisions", list(english("New South Wales")), "city", english("Sydney"),
		"location", object("latitude", double(-33.8715), "longitude", double(151.2006))))
	want := Place{"Australia", "New South Wales", "Sydney", -33.8715, 151.2006, true}
	for _, addr := range []string{"20.53.203.50", "::ffff:20.1.2.3"} {
		if got, ok, err := d.Locate(netip.MustParseAddr(addr)); err != nil || !ok || got != want {
			t.Errorf("%s is at %+v, %v, %v", addr, got, ok, err)
		}
	}
	if got, ok, err := d.Locate(netip.MustParseAddr("21.0.0.1")); err != nil || ok {
		t.Errorf("an address outside is at %+v, %v, %v", got, ok, err)
	}
}

// A database of countries knows no more than those.
func TestLocateCountry(t *testing.T) {
	d := open(t, object("country", english("Australia")))
	if got, ok, err := d.Locate(netip.MustParseAddr("20.0.0.1")); err != nil || !ok || got != (Place{Country: "Australia"}) {
		t.Errorf("%+v, %v, %v", got, ok, err)
	}
}

func TestOpenRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), "test.mmdb")
	if err := os.WriteFile(path, []byte("no database"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(path); err == nil {
		t.Error("a text file opens")
	}
	if _, err := Open(path + ".none"); err == nil {
		t.Error("a file that is not there opens")
	}
}
