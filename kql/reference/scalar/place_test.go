package scalar_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/sleuth-sec/sleuth/kql/reference/scalar"
	"github.com/sleuth-sec/sleuth/kql/reference/scalar/geoip"
	"github.com/sleuth-sec/sleuth/kql/types"
)

type oneCity struct{}

func (oneCity) Locate(a netip.Addr) (geoip.Place, bool, error) {
	if a != netip.MustParseAddr("20.53.203.50") {
		return geoip.Place{}, false, nil
	}
	return geoip.Place{Country: "Australia", State: "New South Wales", City: "Sydney", Latitude: -33.8715, Longitude: 151.2006, Known: true}, true, nil
}

func TestPlaceOfAddress(t *testing.T) {
	f := scalar.Lookup("geo_info_from_ip_address")
	env := scalar.NewEnv(now, 1)
	if _, err := f(env, []types.Value{types.NewString("20.53.203.50")}, types.Dynamic); err == nil || !strings.Contains(err.Error(), "geoip") {
		t.Errorf("without a database: %v", err)
	}
	env.Places = oneCity{}
	for in, want := range map[string]string{
		"20.53.203.50": `{"country":"Australia","state":"New South Wales","city":"Sydney","latitude":-33.8715,"longitude":151.2006}`,
		"10.0.0.1":     "", "": "", "x": "",
	} {
		v, err := f(env, []types.Value{types.NewString(in)}, types.Dynamic)
		if err != nil || v.Text() != want {
			t.Errorf("%q: %s %v, want %s", in, v.Text(), err, want)
		}
	}
}
