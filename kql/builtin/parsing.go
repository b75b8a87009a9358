package builtin

// parsing are the functions that read structured texts.
func parsing() []*Function {
	return []*Function{
		scalar("Reads a text as JSON; a text that is not JSON stays a text.", "parse_json(text: any): dynamic").also("todynamic", "toobject").was("parsejson").
			gives("parse_json('{\"a\": [1]}').a[0]", "dynamic(1)"),
		scalar("Reads a line of comma-separated values as an array.", "parse_csv(text: any): dynamic").gives("parse_csv('aa,b,cc')", "dynamic(['aa', 'b', 'cc'])"),
		scalar("Reads a text as XML, into a bag.", "parse_xml(text: any): dynamic"),
		scalar("The parts of a URL, as a bag.", "parse_url(url: string): dynamic").was("parseurl").gives("tostring(parse_url('https://a.com/x').Host)", "'a.com'"),
		scalar("The parameters of a URL's query, as a bag.", "parse_urlquery(query: string): dynamic").was("parseurlquery").on("parse-url-query-function").
			gives("tostring(parse_urlquery('k=v&x=y')['Query Parameters'].k)", "'v'"),
		scalar("The parts of a file path, as a bag.", "parse_path(path: string): dynamic").gives("tostring(parse_path('/usr/a.txt').Filename)", "'a.txt'"),
		scalar("Browser, operating system and device of a user agent, as a bag.",
			"parse_user_agent(userAgent: string, look_for: any): dynamic", "parse_user_agent(userAgent: string): dynamic"),
		scalar("A version of up to four numbers as a decimal that compares like it.", "parse_version(version: string): decimal").
			gives("parse_version('1.2.3.4') > parse_version('1.2.3.3')", "true"),
		scalar("The arguments of a command line, as an array.", "parse_command_line(command: any, parser: 'windows'): dynamic").
			gives("parse_command_line('echo \"hello world!\"', 'windows')", "dynamic(['echo', 'hello world!'])"),
		scalar("The text of a dynamic with the keys of its bags in order, the same for the same content.", "dynamic_to_json(value: any): string").
			gives(`dynamic_to_json(dynamic({"b": 1, "a": 2}))`, `'{"a":2,"b":1}'`),
	}
}

// addresses are the functions on IP addresses.
func addresses() []*Function {
	return append(addressTests(),
		scalar("An IPv4 address as a number.", "parse_ipv4(ip: string): long").gives("parse_ipv4('127.0.0.1')", "2130706433"),
		scalar("An IPv4 address under a mask as a number.", "parse_ipv4_mask(ip: string, prefix: integer): long").gives("parse_ipv4_mask('192.1.168.2', 24)", "3221334016"),
		scalar("An IPv4 or IPv6 address in the full form of IPv6.", "parse_ipv6(ip: string): string").
			gives("parse_ipv6('127.0.0.1')", "'0000:0000:0000:0000:0000:ffff:7f00:0001'"),
		scalar("An address under a mask in the full form of IPv6.", "parse_ipv6_mask(ip: string, prefix: integer): string"),
		scalar("Compares two IPv4 addresses under their masks: -1, 0, 1, null where one is none.", "ipv4_compare(ip1: string, ip2: string, prefix?: integer): long").
			gives("ipv4_compare('192.168.1.1/24', '192.168.1.255')", "0"),
		scalar("Compares two IPv6 or IPv4 addresses under their masks: -1, 0, 1.", "ipv6_compare(ip1: string, ip2: string, prefix?: integer): long").
			gives("ipv6_compare('::ffff:7f00:1', '127.0.0.1')", "0"),
		scalar("The length of an IPv4 address' mask.", "ipv4_netmask_suffix(ip: string): long").gives("ipv4_netmask_suffix('10.1.2.3/8')", "8"),
		scalar("The ranges in CIDR form that cover all addresses from one to another.", "ipv4_range_to_cidr_list(start: string, end: string): dynamic").
			gives("ipv4_range_to_cidr_list('10.0.0.0', '10.0.0.255')", "dynamic(['10.0.0.0/24'])"),
		scalar("An IPv4 address from its number or text, under a mask.", "format_ipv4(ip: any, prefix?: integer): string").gives("format_ipv4(3232236031, 24)", "'192.168.1.0'"),
		scalar("An IPv4 address with its mask, in CIDR form.", "format_ipv4_mask(ip: any, prefix?: integer): string").
			gives("format_ipv4_mask('192.168.1.255', 24)", "'192.168.1.0/24'"),
		scalar("Country, region, city and coordinates of an address, as a bag.", "geo_info_from_ip_address(ip: string): dynamic").
			on("geo-info-from-ip-address-function"),
	)
}

func addressTests() []*Function {
	return []*Function{
		scalar("Whether two IPv4 addresses are the same under their masks.", "ipv4_is_match(ip1: string, ip2: string, prefix?: integer): bool").
			gives("ipv4_is_match('192.168.1.1/24', '192.168.1.255')", "true"),
		scalar("Whether an IPv4 address belongs to a private network.", "ipv4_is_private(ip: string): bool").gives("ipv4_is_private('192.168.1.1')", "true"),
		scalar("Whether an IPv4 address lies in a range.", "ipv4_is_in_range(ip: string, range: string): bool").
			gives("ipv4_is_in_range('192.168.1.6', '192.168.1.1/24')", "true"),
		scalar("Whether an IPv4 address lies in any of several ranges.",
			"ipv4_is_in_any_range(ip: string|dynamic, range...: string): bool", "ipv4_is_in_any_range(ip: string|dynamic, ranges: dynamic): bool").
			gives("ipv4_is_in_any_range('192.168.1.6', '192.168.1.1/24', '10.0.0.1/8')", "true"),
		scalar("Whether two IPv6 or IPv4 addresses are the same under their masks.", "ipv6_is_match(ip1: string, ip2: string, prefix?: integer): bool").
			gives("ipv6_is_match('192.168.1.7/24', '::ffff:c0a8:0107')", "true"),
		scalar("Whether an IPv6 address lies in a range.", "ipv6_is_in_range(ip: string, range: string): bool").
			gives("ipv6_is_in_range('2001:db8::1', '2001:db8::/32')", "true"),
		scalar("Whether an IPv6 address lies in any of several ranges.",
			"ipv6_is_in_any_range(ip: string|dynamic, range...: string): bool", "ipv6_is_in_any_range(ip: string|dynamic, ranges: dynamic): bool"),
		scalar("Whether a text has an IPv4 address as a term.", "has_ipv4(text: string|dynamic, ip: string): bool").gives("has_ipv4('GET 127.0.0.1', '127.0.0.1')", "true"),
		scalar("Whether a text has an IPv4 address that begins with a prefix.", "has_ipv4_prefix(text: string|dynamic, prefix: string): bool").
			gives("has_ipv4_prefix('GET 127.0.0.1', '127.0.')", "true"),
		scalar("Whether a text has any of several IPv4 addresses as a term.",
			"has_any_ipv4(text: string|dynamic, ip...: string): bool", "has_any_ipv4(text: string|dynamic, ips: dynamic): bool").
			gives("has_any_ipv4('GET 127.0.0.1', '10.0.0.1', '127.0.0.1')", "true"),
		scalar("Whether a text has an IPv4 address that begins with any of several prefixes.",
			"has_any_ipv4_prefix(text: string|dynamic, prefix...: string): bool", "has_any_ipv4_prefix(text: string|dynamic, prefixes: dynamic): bool").
			gives("has_any_ipv4_prefix('GET 127.0.0.1', '10.', '127.')", "true"),
	}
}
