package content_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/sleuth-sec/sleuth/kql/types"
)

// The rule of filling: a hole takes the value that its file gives it first (the chosen value, the default, the first of
// the values to choose from); a hole without one takes the text "unset". The moment is fixed.

var sampleEnd = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

const unset = "unset"

// parameter is what a hole may take.
type parameter struct {
	values []string
	time   time.Duration // a time range
	quote  string
	delim  string
	multi  bool
}

type parameters map[string]*parameter

func (ps parameters) addUnset(name string) {
	if ps[name] == nil {
		ps[name] = &parameter{values: []string{unset}}
	}
}

// addWorkbook reads one parameter of a workbook; type 4 is a time range, 1 text, 2 a list, 5 resources, 10 radio buttons.
func (ps parameters) addWorkbook(p map[string]any) {
	name, _ := p["name"].(string)
	if name == "" {
		return
	}
	multi, _ := p["multiSelect"].(bool)
	param := &parameter{multi: multi, quote: "'", delim: ","}
	if q, ok := p["quote"].(string); ok {
		param.quote = q
	}
	if d, ok := p["delimiter"].(string); ok {
		param.delim = d
	}
	settings, _ := p["typeSettings"].(map[string]any)
	if p["type"] == float64(4) {
		param.time = 24 * time.Hour
		if v, ok := p["value"].(map[string]any); ok {
			if ms, ok := v["durationMs"].(float64); ok && ms > 0 {
				param.time = time.Duration(ms) * time.Millisecond
			}
		}
		ps[name] = param
		return
	}
	param.values = chosen(p["value"])
	if len(param.values) == 0 {
		param.values = chosen(settings["defaultValue"])
	}
	if len(param.values) == 0 || strings.HasPrefix(param.values[0], "value::") {
		all, _ := settings["selectAllValue"].(string)
		first := firstChoice(p["jsonData"])
		switch {
		case len(param.values) > 0 && param.values[0] == "value::all" && all != "":
			param.values = []string{all}
		case first != "":
			param.values = []string{first}
		default:
			param.values = []string{unset}
		}
	}
	ps[name] = param
}

func chosen(v any) []string {
	switch v := v.(type) {
	case string:
		if v != "" {
			return []string{v}
		}
	case []any:
		var out []string
		for _, x := range v {
			out = append(out, chosen(x)...)
		}
		return out
	case float64:
		return []string{strconv.FormatFloat(v, 'f', -1, 64)}
	}
	return nil
}

// firstChoice is the first value of a list that stands in the workbook: the selected one, where one is.
func firstChoice(data any) string {
	text, _ := data.(string)
	var rows []any
	if json.Unmarshal([]byte(text), &rows) != nil {
		return ""
	}
	first := ""
	for _, r := range rows {
		value, selected := "", false
		switch r := r.(type) {
		case map[string]any:
			value = fmt.Sprint(r["value"])
			selected = r["selected"] == true
		default:
			value = fmt.Sprint(r)
		}
		if first == "" || selected {
			first = value
		}
		if selected {
			break
		}
	}
	return first
}

var workbookHole = regexp.MustCompile(`\{([A-Za-z_][A-Za-z0-9_]*)(?::([^{}\n]*))?\}`)

// fillWorkbook fills {name} and {name:format}. Braces with another name in them are the query's own.
func (ps parameters) fillWorkbook(q string) string {
	return workbookHole.ReplaceAllStringFunc(q, func(hole string) string {
		m := workbookHole.FindStringSubmatch(hole)
		p := ps[m[1]]
		if p == nil {
			return hole
		}
		if p.time > 0 {
			return p.timeText(m[2])
		}
		values := p.values
		if !p.multi || m[2] == "label" || m[2] == "count" {
			if m[2] == "count" {
				return strconv.Itoa(len(values))
			}
			return strings.Join(values, ", ")
		}
		quoted := make([]string, len(values))
		for i, v := range values {
			quoted[i] = p.quote + v + p.quote
		}
		return strings.Join(quoted, p.delim)
	})
}

// timeText is a time range in one of its formats; plain, it is the right side of a comparison.
func (p *parameter) timeText(format string) string {
	start := sampleEnd.Add(-p.time)
	at := func(t time.Time) string { return "datetime(" + t.Format("2006-01-02T15:04:05.000Z") + ")" }
	switch format {
	case "start":
		return at(start)
	case "end":
		return at(sampleEnd)
	case "startISO":
		return start.Format(time.RFC3339)
	case "endISO":
		return sampleEnd.Format(time.RFC3339)
	case "grain":
		return "1h"
	case "seconds":
		return strconv.Itoa(int(p.time.Seconds()))
	case "label":
		return "the past time"
	case "value":
		return "> ago(" + strconv.Itoa(int(p.time.Hours())) + "h)"
	}
	return ">= " + at(start)
}

var manifestHole = regexp.MustCompile(`\{\{\s*\$?([A-Za-z_][\w.\-]*)\s*\}\}`)

var dateHole = regexp.MustCompile(`datetime\(\s*["']?$`)

// fillManifest fills {{name}} with the input's default or placeholder; else with a date inside datetime(...), and with 1,
// which stands in a string as well as in a number, elsewhere.
func fillManifest(template string, inputs []any) string {
	values := map[string]string{}
	for _, in := range inputs {
		in, _ := in.(map[string]any)
		name, _ := in["Name"].(string)
		for _, key := range []string{"PlaceholderValue", "DefaultValue"} {
			if v, ok := in[key]; ok && v != nil && fmt.Sprint(v) != "" {
				values[strings.ToLower(name)] = fmt.Sprint(v)
			}
		}
	}
	var out strings.Builder
	end := 0
	for _, m := range manifestHole.FindAllStringSubmatchIndex(template, -1) {
		out.WriteString(template[end:m[0]])
		end = m[1]
		value, ok := values[strings.ToLower(template[m[2]:m[3]])]
		_, isDate := types.ParseDateTime(value)
		switch inDate := dateHole.MatchString(template[:m[0]]); {
		case inDate && !(ok && isDate):
			out.WriteString(sampleEnd.Format("2006-01-02"))
		case ok:
			out.WriteString(value)
		default:
			out.WriteString("1")
		}
	}
	return out.String() + template[end:]
}

func (ps parameters) addPython(v any) {
	params, _ := v.(map[string]any)
	for name, p := range params {
		p, _ := p.(map[string]any)
		kind, _ := p["type"].(string)
		switch {
		case p["default"] != nil:
			ps[name] = &parameter{values: []string{fmt.Sprint(p["default"])}}
		case kind == "datetime":
			ps[name] = &parameter{values: []string{sampleEnd.Add(-24 * time.Hour).Format(time.RFC3339)}}
		default:
			ps[name] = &parameter{values: []string{unset}}
		}
	}
}

var pythonHole = regexp.MustCompile(`\{\{|\}\}|\{([A-Za-z_][A-Za-z0-9_]*)\}`)

// fillPython fills {name} as Python's str.format does: doubled braces are braces.
func (ps parameters) fillPython(q string) string {
	return pythonHole.ReplaceAllStringFunc(q, func(hole string) string {
		switch hole {
		case "{{":
			return "{"
		case "}}":
			return "}"
		}
		name := hole[1 : len(hole)-1]
		if p := ps[name]; p != nil {
			return strings.Join(p.values, ", ")
		}
		switch name {
		case "start", "end":
			return sampleEnd.Format(time.RFC3339)
		}
		return unset
	})
}
