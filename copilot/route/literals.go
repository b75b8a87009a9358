package route

import (
	"net/netip"
	"regexp"
	"strings"

	"github.com/sleuth-sec/sleuth/copilot/directory"
)

var (
	mailText   = regexp.MustCompile(`[\pL\pN._%+'’#-]+@[\pL\pN-]+(?:\.[\pL\pN-]+)+`)
	guidText   = regexp.MustCompile(`(?i)\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b`)
	ipText     = regexp.MustCompile(`(?i)\b\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?\b|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7}(?:/\d{1,3})?`)
	quotedText = regexp.MustCompile(`"([^"]+)"|“([^”]+)”|«([^»]+)»|‘([^’]+)’|(?:^|[\s(:,])'([^']+(?:'[a-z][^']*)*)'(?:$|[\s).,:;?!])`)
	handleText = regexp.MustCompile(`[\pL\pN]+(?:[._-][\pL\pN]+)+`)
	codeName   = regexp.MustCompile(`^\pL[\pL\pN]*(?:-[\pL\pN]+)*-\pN+$`) // a device name: letters first, a number last
	// An account's name as it stands before the @: two or more words of letters joined by points or underscores.
	accountName = regexp.MustCompile(`^\pL{2,}[0-9]*(?:[._]\pL{2,}[0-9]*)+$`)
	asText      = regexp.MustCompile(`(?i)\b(?:ASN\s*[:#]?\s*|AS)(\d{1,10})\b`) // of an autonomous system
	codeText    = regexp.MustCompile(`(?i)^(?:aadsts)?(\d{5,7})$`)
)

func (d *reading) readLiterals(x *directory.Index) {
	for _, m := range mailText.FindAllStringIndex(d.text, -1) {
		s := strings.TrimRight(strings.TrimLeft(d.text[m[0]:m[1]], "'’"), "'’.-")
		s = strings.TrimSuffix(strings.TrimSuffix(s, "'s"), "’s")
		first, last := d.cover(m[0], m[1], named)
		if es := x.ByText(s); len(es) > 0 {
			d.mentions = append(d.mentions, directory.Mention{First: first, Last: last, Entities: es})
		} else {
			d.addrs = append(d.addrs, s)
		}
	}
	for _, m := range guidText.FindAllStringIndex(d.text, -1) {
		if d.overlaps(m[0], m[1]) {
			continue
		}
		s := strings.ToLower(d.text[m[0]:m[1]])
		first, last := d.cover(m[0], m[1], literal)
		if es := x.ByText(s); len(es) > 0 {
			d.mentions = append(d.mentions, directory.Mention{First: first, Last: last, Entities: es})
		} else {
			d.guids = append(d.guids, s)
		}
	}
	for _, m := range asText.FindAllStringSubmatchIndex(d.text, -1) {
		if !d.overlaps(m[0], m[1]) {
			d.cover(m[0], m[1], literal)
			d.asns = append(d.asns, d.text[m[2]:m[3]])
		}
	}
	for _, m := range ipText.FindAllStringIndex(d.text, -1) {
		s := d.text[m[0]:m[1]]
		if d.overlaps(m[0], m[1]) || !isIP(s) {
			continue
		}
		d.cover(m[0], m[1], literal)
		d.ips = append(d.ips, s)
	}
	for _, m := range quotedText.FindAllStringSubmatchIndex(d.text, -1) {
		for g := 2; g < len(m); g += 2 {
			if m[g] < 0 || d.overlaps(m[g], m[g+1]) {
				continue
			}
			s := d.text[m[g]:m[g+1]]
			first, last := d.cover(m[g], m[g+1], named)
			if first < 0 {
				continue
			}
			if es := x.ByName(s); len(es) > 0 {
				d.mentions = append(d.mentions, directory.Mention{First: first, Last: last, Entities: es})
			} else {
				d.quoted = append(d.quoted, quote{strings.TrimRight(s, ".,"), first, last})
			}
		}
	}
	for _, m := range handleText.FindAllStringIndex(d.text, -1) {
		s := d.text[m[0]:m[1]]
		if d.overlaps(m[0], m[1]) {
			continue
		}
		es := x.ByPrefix(s)
		if strings.ContainsRune(s, '-') && len(es) == 0 {
			es = x.ByText(s)
		}
		if len(es) > 0 {
			first, last := d.cover(m[0], m[1], named)
			d.mentions = append(d.mentions, directory.Mention{First: first, Last: last, Entities: es})
		} else if (codeName.MatchString(s) || accountName.MatchString(s)) && len(x.ByName(s)) == 0 {
			first, last := d.cover(m[0], m[1], named)
			d.unknown = append(d.unknown, run{text: s, first: first, last: last, strong: true})
		}
	}
}

func isIP(s string) bool {
	if _, err := netip.ParsePrefix(s); err == nil {
		return true
	}
	_, err := netip.ParseAddr(s)
	return err == nil
}
