package fill

import (
	"regexp"
	"strings"
	"time"
)

// sampleTime is when a template is looked at that nobody runs.
var sampleTime = time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)

var (
	inDate  = regexp.MustCompile(`(?i)(?:date|time|start|end|from|to)[A-Za-z_]*\(\s*["']?$`)
	inSpan  = regexp.MustCompile(`(?i)(?:ago|timespan|bin\([^()]*,)\s*\(?\s*$`)
	spanned = regexp.MustCompile(`(?i)window|span|period|interval|timeframe|lookback|range`)
)

// Sample is a value for each hole of a template that given has none for, chosen by the place of the hole, so that the
// filled template can be looked at before anybody asks for anything.
func Sample(template string, given map[string]string) map[string]string {
	out := map[string]string{}
	s := scanner{now: sampleTime}
	for i := 0; i < len(template); {
		name, n := holeAt(template[i:])
		if n == 0 {
			i += s.step(template[i:])
			continue
		}
		before, after := template[:i], template[i+n:]
		if _, seen := out[name]; !seen {
			if v := valueOf(given, name); v != "" {
				if _, err := s.place(name, v, i, before, after); err == nil {
					out[name] = v
				}
			}
			if out[name] == "" {
				out[name] = s.sample(name, before, after)
			}
		}
		i += n
	}
	return out
}

func (s *scanner) sample(name, before, after string) string {
	last := before
	if j := strings.LastIndexByte(before, '\n'); j >= 0 {
		last = before[j+1:]
	}
	switch {
	case inDate.MatchString(last):
		return sampleTime.Format(time.DateOnly)
	case s.at != inCode:
		return "sample"
	case unitBehind.MatchString(after), strings.HasPrefix(after, "{{"):
		return "1"
	case strings.HasSuffix(before, "}}"):
		return "d"
	case inSpan.MatchString(last), spanned.MatchString(name):
		return "1d"
	case strings.HasSuffix(strings.TrimRight(before, " \t"), "["):
		return `"sample"`
	}
	return "1"
}
