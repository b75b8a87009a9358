package geoip

import (
	"fmt"
	"net/netip"

	"github.com/oschwald/maxminddb-golang/v2"
)

// Place is where an address is; what the database does not know is empty.
type Place struct {
	Country, State, City string
	// Latitude and Longitude are degrees; Known says whether there are any.
	Latitude, Longitude float64
	Known               bool
}

// Database is an open file. It is safe for use by several goroutines.
type Database struct{ reader *maxminddb.Reader }

// Open opens a database of cities or countries.
func Open(path string) (*Database, error) {
	r, err := maxminddb.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%s is no MaxMind database: %w", path, err)
	}
	return &Database{r}, nil
}

// Close ends the use of the file.
func (d *Database) Close() error { return d.reader.Close() }

type names struct {
	Names map[string]string `maxminddb:"names"`
}

// record is what is read of an entry (https://dev.maxmind.com/geoip/docs/databases/city-and-country).
type record struct {
	Country      names   `maxminddb:"country"`
	Subdivisions []names `maxminddb:"subdivisions"`
	City         names   `maxminddb:"city"`
	Location     *struct {
		Latitude  float64 `maxminddb:"latitude"`
		Longitude float64 `maxminddb:"longitude"`
	} `maxminddb:"location"`
}

// Locate is the place of an address; false when the database has none.
func (d *Database) Locate(addr netip.Addr) (Place, bool, error) {
	found := d.reader.Lookup(addr.Unmap())
	if err := found.Err(); err != nil {
		return Place{}, false, fmt.Errorf("looking up %s: %w", addr, err)
	}
	if !found.Found() {
		return Place{}, false, nil
	}
	var r record
	if err := found.Decode(&r); err != nil {
		return Place{}, false, fmt.Errorf("reading the entry of %s: %w", addr, err)
	}
	p := Place{Country: r.Country.Names["en"], City: r.City.Names["en"]}
	if len(r.Subdivisions) > 0 {
		p.State = r.Subdivisions[0].Names["en"]
	}
	if r.Location != nil {
		p.Latitude, p.Longitude, p.Known = r.Location.Latitude, r.Location.Longitude, true
	}
	return p, true, nil
}
