package builtin

// texts are the functions that build, cut and search texts.
func texts() []*Function {
	return []*Function{
		scalar("Joins the texts of its arguments.", "strcat(value...: any): string").seesNulls().gives("strcat('a', 1, 'b')", "'a1b'"),
		scalar("Joins the elements of an array into a text.", "strcat_array(array: dynamic, delimiter: any): string").was("array_strcat").
			gives("strcat_array(dynamic([1, 2, 3]), '->')", "'1->2->3'"),
		scalar("Joins the texts of its arguments with a delimiter between them.", "strcat_delim(delimiter: any, value...: any): string").seesNulls().
			gives("strcat_delim('-', 1, 'A', 10s)", "'1-A-00:00:10'"),
		scalar("Compares two texts by code points: -1, 0 or 1.", "strcmp(left: any, right: any): long").gives("strcmp('ABC', 'abc')", "-1"),
		scalar("Repeats a text a number of times.", "strrep(value: any, multiplier: integer, delimiter?: any): string").gives("strrep('ab', 3, '.')", "'ab.ab.ab'"),
		scalar("The length of a text in characters.", "strlen(text: any): long").gives("strlen('Kusto')", "5"),
		scalar("The length of a text in bytes of UTF-8.", "string_size(text: any): long").gives("string_size('é')", "2"),
		scalar("The text in upper case.", "toupper(text: any): string").gives("toupper('aBc')", "'ABC'"),
		scalar("The text in lower case.", "tolower(text: any): string").gives("tolower('aBc')", "'abc'"),
		scalar("A part of a text from a position on; a negative position counts from the end.",
			"substring(text: any, start: integer, length?: integer): string").gives("substring('123456', 2, 2)", "'34'"),
		scalar("The text backwards.", "reverse(value: any): string").gives("reverse('abc')", "'cba'"),
		scalar("Cuts a text at a delimiter into an array; with an index, into an array of that one part.",
			"split(text: any, delimiter: any, index?: integer): dynamic").gives("split('aa_bb', '_')", "dynamic(['aa', 'bb'])").
			gives("split('a__b', '_')", "dynamic(['a', '', 'b'])").gives("split('aa_bb_cc', '_', 1)", "dynamic(['bb'])"),
		scalar("The position of a text within another, or -1; negative starts count from the end.",
			"indexof(text: any, lookup: any, start?: integer, length?: integer, occurrence?: integer): long").
			gives("indexof('abcdefg', 'cde')", "2").gives("indexof('abcabc', 'bc', 0, -1, 2)", "4").gives("indexof('abc', 'x')", "-1"),
		scalar("The position of the first match of a regular expression, or -1.",
			"indexof_regex(text: any, regex: any, start?: integer, length?: integer, occurrence?: integer): long").gives("indexof_regex('abcabc', 'a.c')", "0"),
		scalar("The index of the first value of an array that a text has as a term, or -1.", "has_any_index(text: string|dynamic, values: dynamic): long").
			gives("has_any_index('this is an example', dynamic(['test', 'example']))", "1"),
		scalar("Counts the occurrences of a text or regular expression; overlapping texts count, overlapping matches do not.",
			"countof(text: string, search: string, kind?: 'normal'|'regex'): long").gives("countof('aaa', 'aa')", "2").gives("countof('abcabc', 'a.c', 'regex')", "2"),
		scalar("Removes leading matches of a regular expression.", "trim_start(regex: string, text: string): string").gives("trim_start('-+', '--a--')", "'a--'"),
		scalar("Removes trailing matches of a regular expression.", "trim_end(regex: string, text: string): string").gives("trim_end('-+', '--a--')", "'--a'"),
		scalar("Removes leading and trailing matches of a regular expression.", "trim(regex: string, text: string): string").gives("trim('-+', '--a--')", "'a'"),
		scalar("Replaces characters of one list by those of another.", "translate(search: string, replacement: string, text: string): string").
			gives("translate('abc', 'xyz', 'cab')", "'zxy'"),
		scalar("Whether the text has only characters of ASCII.", "isascii(text: any): bool").on("isascii").gives("isascii('abc')", "true"),
		scalar("Whether the text is valid UTF-8.", "isutf8(text: any): bool").on("isutf8").gives("isutf8('abc')", "true"),
		scalar("The text in the format of a number of bytes: 1 KB, 2.5 MB.", "format_bytes(size: number, precision?: number, unit?: string): string").
			gives("format_bytes(1024)", "'1 KB'").gives("format_bytes(8000000, 2)", "'7.63 MB'"),
	}
}

// replacing are the functions that work with regular expressions and replace parts of texts.
func replacing() []*Function {
	return []*Function{
		scalar("The part of a text that a group of a regular expression matches; with a type, converted to it.",
			"extract(regex: string, group: integer, text: string): string",
			"extract(regex: string, group: integer, text: string, type: type): string").
			gives("extract('x=([0-9.]+)', 1, 'hello x=45.6|wo')", "'45.6'").gives("extract('y=(.)', 1, 'x')", "''"),
		scalar("All matches of a regular expression with groups, as an array.",
			"extract_all(regex: string, text: string): dynamic", "extract_all(regex: string, groups: dynamic, text: string): dynamic").was("extractall").
			gives("extract_all(@'(\\d)', 'a1b2')", "dynamic(['1', '2'])"),
		scalar("The value at a JSON path of a text that is JSON.",
			"extract_json(path: string, text: any): string", "extract_json(path: string, text: any, type: type): string").also("extractjson").
			gives("extract_json('$.a', '{\"a\": \"x\"}')", "'x'"),
		scalar("Replaces all matches of a regular expression; the older order of arguments of replace_regex.",
			"replace(regex: string, rewrite: string, text: string): string").on("replace-regex-function").gives("replace('b', 'x', 'abc')", "'axc'"),
		scalar(`Replaces all matches of a regular expression; \1 in the replacement stands for a group.`,
			"replace_regex(text: string, regex: string, rewrite: string): string").gives(`replace_regex('abc', '(b)', @'<\1>')`, "'a<b>c'"),
		scalar("Replaces all occurrences of a text.", "replace_string(text: string, lookup: string, rewrite: string): string").
			gives("replace_string('a.b.c', '.', '-')", "'a-b-c'"),
		scalar("Replaces all occurrences of several texts, one after the other.", "replace_strings(text: string, lookups: dynamic, rewrites: dynamic): string").
			gives("replace_strings('a b', dynamic(['a', 'b']), dynamic(['1', '2']))", "'1 2'"),
		scalar("The text with the characters escaped that mean something in a regular expression.", "regex_quote(text: any): string").
			gives("regex_quote('a.b')", `'a\\.b'`),
	}
}

// encodings are the functions that write texts and bytes in another form and back.
func encodings() []*Function {
	return []*Function{
		scalar("Encodes a text for a URL.", "url_encode(url: string): string").gives("url_encode('a b')", "'a+b'"),
		scalar("Encodes a text as a part of a URL.", "url_encode_component(url: string): string").gives("url_encode_component('a b')", "'a%20b'"),
		scalar("Decodes a text of a URL.", "url_decode(url: string): string").gives("url_decode('a%2fb')", "'a/b'"),
		scalar("Encodes a text as base64.", "base64_encode_tostring(text: string): string").was("base64_encodestring").gives("base64_encode_tostring('Kusto')", "'S3VzdG8='"),
		scalar("Decodes base64 to a text.", "base64_decode_tostring(base64: string): string").was("base64_decodestring").gives("base64_decode_tostring('S3VzdG8=')", "'Kusto'"),
		scalar("Decodes base64 to an array of bytes.", "base64_decode_toarray(base64: string): dynamic").gives("base64_decode_toarray('S3U=')", "dynamic([75, 117])"),
		scalar("Encodes an array of bytes as base64.", "base64_encode_fromarray(bytes: dynamic): string").on("base64-encode-fromarray-function").
			gives("base64_encode_fromarray(dynamic([75, 117]))", "'S3U='"),
		scalar("Decodes base64 to a guid.", "base64_decode_toguid(base64: string): guid").
			gives("base64_decode_toguid('JpbpECu8dUy7Pv5gbeJXAA==')", "guid(10e99626-bc2b-4c75-bb3e-fe606de25700)"),
		scalar("Encodes a guid as base64.", "base64_encode_fromguid(guid: guid): string").
			gives("base64_encode_fromguid(guid(10e99626-bc2b-4c75-bb3e-fe606de25700))", "'JpbpECu8dUy7Pv5gbeJXAA=='"),
		scalar("Compresses a text with zlib and encodes it as base64.", "zlib_compress_to_base64_string(text: string): string").on("zlib-base64-compress-function"),
		scalar("Decodes base64 and decompresses it with zlib.", "zlib_decompress_from_base64_string(base64: string): string").on("zlib-base64-decompress-function").
			gives("zlib_decompress_from_base64_string(zlib_compress_to_base64_string('Kusto'))", "'Kusto'"),
		scalar("Compresses a text with gzip and encodes it as base64.", "gzip_compress_to_base64_string(text: string): string").on("gzip-base64-compress"),
		scalar("Decodes base64 and decompresses it with gzip.", "gzip_decompress_from_base64_string(base64: string): string").on("gzip-base64-decompress").
			gives("gzip_decompress_from_base64_string(gzip_compress_to_base64_string('Kusto'))", "'Kusto'"),
		scalar("The code points of a text as an array.", "unicode_codepoints_from_string(text: any): dynamic").was("to_utf8").
			gives("unicode_codepoints_from_string('ab')", "dynamic([97, 98])"),
		scalar("The text that code points spell.", "unicode_codepoints_to_string(value...: any): string").was("make_string").
			gives("unicode_codepoints_to_string(75, 117)", "'Ku'"),
		scalar("Decodes the punycode of a text.", "punycode_to_string(punycode: string): string").
			gives("punycode_to_string('Bcher-kva')", "'Bücher'"),
		scalar("Encodes a text as punycode.", "punycode_from_string(text: string): string").
			gives("punycode_from_string('Bücher')", "'Bcher-kva'"),
		scalar("Encodes the parts of a domain name as punycode.", "punycode_domain_from_string(text: string): string"),
		scalar("Decodes the punycode of the parts of a domain name.", "punycode_domain_to_string(punycode: string): string"),
	}
}

// hashes are the functions that hash values. A dynamic is not hashed as it is.
func hashes() []*Function {
	return []*Function{
		scalar("A hash of a value, between 0 and the modulus where there is one.", "hash(source: plain, mod?: integer): long"),
		scalar("The xxHash64 of a value.", "hash_xxhash64(source: plain, mod?: integer): long").gives("hash_xxhash64('World')", "1846988464401551951"),
		scalar("The SHA-256 of a value, in hexadecimal digits.", "hash_sha256(source: plain): string").
			gives("hash_sha256('World')", "'78ae647dc5544d227130a0682a51e30bc7777fbb6d8a8f17007463a3ecd1d524'"),
		scalar("The SHA-1 of a value, in hexadecimal digits.", "hash_sha1(source: plain): string").gives("hash_sha1('World')", "'70c07ec18ef89c5309bbb0937f3a6342411e1fdd'"),
		scalar("The MD5 of a value, in hexadecimal digits.", "hash_md5(source: plain): string").gives("hash_md5('World')", "'f5a7924e621e84c9280a9a27e1bcb7f6'"),
		scalar("One hash of several hashes.", "hash_combine(hash...: any): long"),
		scalar("One hash of several values.", "hash_many(source...: plain): long"),
	}
}
