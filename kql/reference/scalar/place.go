package scalar

import (
	"errors"
	"net/netip"

	"github.com/sleuth-sec/sleuth/kql/reference/scalar/geoip"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// Locator tells where an address is; geoip.Database is one.
type Locator interface {
	Locate(addr netip.Addr) (geoip.Place, bool, error)
}

func placeFunctions() map[string]Func {
	return map[string]Func{"geo_info_from_ip_address": strictErr(placeOfAddress)}
}

// errNoLocator says what to do: the file is licensed to each user and cannot come with the program.
var errNoLocator = errors.New("there is no database of places: put a MaxMind file, such as GeoLite2-City.mmdb, into the data directory as geoip.mmdb")

// placeOfAddress is geo_info_from_ip_address(ip): country, state, city and coordinates as far as the database knows them
// (https://learn.microsoft.com/kusto/query/geo-info-from-ip-address-function). What is no address, or not known, is null.
func placeOfAddress(env *Env, args []types.Value) (types.Value, error) {
	if env.Places == nil {
		return null, errNoLocator
	}
	addr, err := netip.ParseAddr(text(args[0]))
	if err != nil {
		return null, nil
	}
	p, ok, err := env.Places.Locate(addr.WithZone(""))
	if err != nil || !ok {
		return null, err
	}
	out := types.NewBag()
	for _, part := range [][2]string{{"country", p.Country}, {"state", p.State}, {"city", p.City}} {
		if part[1] != "" {
			out.Set(part[0], part[1])
		}
	}
	if p.Known {
		out.Set("latitude", p.Latitude)
		out.Set("longitude", p.Longitude)
	}
	return types.NewDynamic(out), nil
}
