// Package geoip tells where addresses are, out of a database file in MaxMind's format (GeoLite2-City.mmdb and its like) that
// the user supplies. Nothing is fetched.
//
// Flow: Open maps the file; Locate answers for one address. kql/reference/scalar asks it for geo_info_from_ip_address
// through the Locate of its Env.
package geoip
