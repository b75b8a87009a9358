package workspace

import "github.com/sleuth-sec/sleuth/diag"

// The codes of this package are KQL1291 to KQL1294: what a running query meets where it reads files by address.

func badAddress(uri string) error {
	return diag.Errorf("KQL1291", diag.Span{}, "externaldata: %q is not the address of a file", uri).
		WithFix("write it in full: https://host/path/file.csv")
}

func notMirrored(uri, place string) error {
	return diag.Errorf("KQL1292", diag.Span{}, "externaldata: %s is not in the mirror, and queries never open the network", uri).
		WithFix("put the file in place: curl -fL --create-dirs -o '%s' '%s'", place, uri)
}

func notAllowed(uri, list string) error {
	return diag.Errorf("KQL1293", diag.Span{}, "externaldata: %s is not on the allow-list", uri).
		WithFix("add the address, or its beginning up to a /, to %s", list)
}

func unreadable(uri string, err error) error {
	return diag.Errorf("KQL1294", diag.Span{}, "externaldata: the mirrored file of %s cannot be read: %v", uri, err).
		WithFix("see that its format is the one the query names, with (format=\"csv\")")
}
