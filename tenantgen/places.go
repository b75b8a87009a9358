package tenantgen

import (
	"fmt"
	"strconv"
)

// place is where an address is located, as sign-in and risk records write it.
type place struct {
	city, state, country string // country is ISO 3166 alpha-2
	countryName, region  string // region names the pool of names
	lat, lon             float64
	utcOffset            int    // minutes; standard time all year, so that no time zone database is needed
	json                 []byte // the location object of a log record
	index                int    // number of the city, -1 for a town
	asn                  int    // of the fixed lines here
}

func (p *place) fill() {
	b := appendField([]byte{'{'}, "city", p.city)
	b = appendField(b, "state", p.state)
	b = appendField(b, "countryOrRegion", p.country)
	b = append(appendName(b, "geoCoordinates"), `{"latitude":`...)
	b = strconv.AppendFloat(b, p.lat, 'f', 4, 64)
	b = append(b, `,"longitude":`...)
	b = strconv.AppendFloat(b, p.lon, 'f', 4, 64)
	p.json = append(b, "}}"...)
}

// doc is the location as a Graph resource holds it.
func (p *place) doc() doc {
	return doc{"city": p.city, "state": p.state, "countryOrRegion": p.country,
		"geoCoordinates": doc{"latitude": round4(p.lat), "longitude": round4(p.lon)}}
}

func round4(f float64) float64 {
	v, _ := strconv.ParseFloat(strconv.FormatFloat(f, 'f', 4, 64), 64) // formatting a float64 cannot give text that does not parse
	return v
}

// officeCities are the cities an organization may have an office in, in order of opening; the
// first is the head office. They are where people travel to as well.
func officeCities() []*place {
	list := []*place{
		{city: "Minneapolis", state: "Minnesota", country: "US", countryName: "United States", region: "anglo", lat: 44.9778, lon: -93.2650, utcOffset: -360},
		{city: "Leeds", state: "England", country: "GB", countryName: "United Kingdom", region: "anglo", lat: 53.8008, lon: -1.5491, utcOffset: 0},
		{city: "Rotterdam", state: "Zuid-Holland", country: "NL", countryName: "Netherlands", region: "german", lat: 51.9244, lon: 4.4777, utcOffset: 60},
		{city: "Atlanta", state: "Georgia", country: "US", countryName: "United States", region: "anglo", lat: 33.7490, lon: -84.3880, utcOffset: -300},
		{city: "Hamburg", state: "Hamburg", country: "DE", countryName: "Germany", region: "german", lat: 53.5511, lon: 9.9937, utcOffset: 60},
		{city: "Pune", state: "Maharashtra", country: "IN", countryName: "India", region: "indian", lat: 18.5204, lon: 73.8567, utcOffset: 330},
		{city: "Gothenburg", state: "Vastra Gotalands Lan", country: "SE", countryName: "Sweden", region: "nordic", lat: 57.7089, lon: 11.9746, utcOffset: 60},
		{city: "Denver", state: "Colorado", country: "US", countryName: "United States", region: "latin", lat: 39.7392, lon: -104.9903, utcOffset: -420},
		{city: "Lyon", state: "Rhone", country: "FR", countryName: "France", region: "french", lat: 45.7640, lon: 4.8357, utcOffset: 60},
		{city: "Singapore", state: "Central Singapore", country: "SG", countryName: "Singapore", region: "eastasian", lat: 1.3521, lon: 103.8198, utcOffset: 480},
		{city: "Krakow", state: "Malopolskie", country: "PL", countryName: "Poland", region: "slavic", lat: 50.0647, lon: 19.9450, utcOffset: 60},
		{city: "Valencia", state: "Valencia", country: "ES", countryName: "Spain", region: "latin", lat: 39.4699, lon: -0.3763, utcOffset: 60},
		{city: "Toronto", state: "Ontario", country: "CA", countryName: "Canada", region: "anglo", lat: 43.6532, lon: -79.3832, utcOffset: -300},
		{city: "Curitiba", state: "Parana", country: "BR", countryName: "Brazil", region: "latin", lat: -25.4284, lon: -49.2733, utcOffset: -180},
		{city: "Osaka", state: "Osaka", country: "JP", countryName: "Japan", region: "eastasian", lat: 34.6937, lon: 135.5023, utcOffset: 540},
		{city: "Brno", state: "Jihomoravsky Kraj", country: "CZ", countryName: "Czechia", region: "slavic", lat: 49.1951, lon: 16.6068, utcOffset: 60},
		{city: "Tampere", state: "Pirkanmaa", country: "FI", countryName: "Finland", region: "nordic", lat: 61.4978, lon: 23.7610, utcOffset: 120},
		{city: "Melbourne", state: "Victoria", country: "AU", countryName: "Australia", region: "anglo", lat: -37.8136, lon: 144.9631, utcOffset: 600},
	}
	for i, p := range list {
		p.index, p.asn = i, 64496+i%12
		p.fill()
	}
	return list
}

// hostileCities are where attackers, blocked noise and false alarms come from.
func hostileCities() []*place {
	list := []*place{
		{city: "Bucharest", state: "Bucuresti", country: "RO", countryName: "Romania", lat: 44.4268, lon: 26.1025},
		{city: "Istanbul", state: "Istanbul", country: "TR", countryName: "Turkiye", lat: 41.0082, lon: 28.9784},
		{city: "Ho Chi Minh City", state: "Ho Chi Minh", country: "VN", countryName: "Viet Nam", lat: 10.8231, lon: 106.6297},
		{city: "Lagos", state: "Lagos", country: "NG", countryName: "Nigeria", lat: 6.5244, lon: 3.3792},
		{city: "Minsk", state: "Minsk", country: "BY", countryName: "Belarus", lat: 53.9006, lon: 27.5590},
		{city: "Chisinau", state: "Chisinau", country: "MD", countryName: "Moldova", lat: 47.0105, lon: 28.8638},
		{city: "Jakarta", state: "Jakarta", country: "ID", countryName: "Indonesia", lat: -6.2088, lon: 106.8456},
		{city: "Reykjavik", state: "Hofudborgarsvaedi", country: "IS", countryName: "Iceland", lat: 64.1466, lon: -21.9426},
	}
	for i, p := range list {
		p.index, p.asn = -1, 65536+i
		p.fill()
	}
	return list
}

// restrictedCountries are blocked by a Conditional Access policy; Lagos and Minsk exercise it.
func restrictedCountries() []string { return []string{"BY", "KP", "NG"} }

// townsNear invents the towns people commute from. There is one for every two people of an
// office, so the number of distinct locations grows with the tenant.
func townsNear(seed uint64, office *place, n int) []*place {
	first := words("Ash Birch Black Bright Clear Cold Elm Fern Glen Gold Green Hazel High Holm Iron King Lake Lime Long Maple March Mill Moor North Oak Old Pine Red River Rock Rose Salt Sand Silver South Stone Thorn West White Wood")
	last := words("bank bridge brook burn bury cliff cote dale den field ford gate grove ham haven hill hurst ley march mead mere minster mont mouth pool port ridge shaw side stead stone ton vale view ville wick wood worth")
	prefixes := words("Upper Lower Great Little East Far New")
	towns := make([]*place, n)
	for i := range towns {
		r := streamOf(seed, "town", office.index, i)
		t := *office
		t.city = first[(i*7+r.intn(3)+office.index*3)%len(first)] + last[(i*11+i/len(first)+r.intn(2))%len(last)]
		if n := i / (len(first) * 3); n > 0 { // more towns than plain names: Upper Ashbrook, Little Ashbrook
			t.city = prefixes[n%len(prefixes)] + " " + t.city
		}
		t.lat += r.bell() * 0.4
		t.lon += r.bell() * 0.6
		t.index = -1
		t.asn = 64496 + r.intn(16)
		t.fill()
		towns[i] = &t
	}
	return towns
}

// Address plan. 198.18.0.0/15: offices in its first 16k addresses, then homes, mobile carriers,
// and data centres of the organization's own workloads. 203.0.113.0/24: hotels below .128, false
// alarms above. 198.51.100.0/24 and 192.0.2.0/24: attackers. 2001:db8::/32: homes with IPv6.

func benchmarkIP(n int) string {
	n %= 1 << 17
	return fmt.Sprintf("198.%d.%d.%d", 18+n>>16, n>>8&255, n&255)
}

func officeIP(office *place, exit int) string { return benchmarkIP(office.index<<8 + 10 + exit) }

func homeIPv4(n int) string { return benchmarkIP(1<<14 + n*7919%(80<<10)) } // 7919 is coprime to the pool: neighbours do not sit together

func homeIPv6(n, host int) string {
	return fmt.Sprintf("2001:db8:%x:%x::%x", 0x1000+n>>16, n&0xffff, host)
}

func mobileIP(office *place, n int) string { return benchmarkIP(96<<10 + office.index<<8 + n&255) }

func workloadIP(n int) string { return benchmarkIP(120<<10 + n%(7<<10)) }

func hotelIP(city *place, n int) string { return fmt.Sprintf("203.0.113.%d", 1+city.index*6+n%6) }

func strangerIP(hostile, n int) string { return fmt.Sprintf("203.0.113.%d", 128+hostile*15+n%15) }

func attackerIP(n int) string {
	n %= 400
	if n < 200 {
		return fmt.Sprintf("198.51.100.%d", 20+n)
	}
	return fmt.Sprintf("192.0.2.%d", 20+n-200)
}
