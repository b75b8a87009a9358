package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/jedib0t/go-pretty/v6/table"
	"golang.org/x/term"

	"github.com/sleuth-sec/sleuth/copilot"
	"github.com/sleuth-sec/sleuth/kql/engine"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// printers write a table in one of the formats of --format.
var printers = map[string]func(io.Writer, *types.Table) error{
	"table":    printTable,
	"json":     printJSON,
	"csv":      printCSV,
	"markdown": printMarkdown,
}

// visible is the table without hidden columns.
func visible(t *types.Table) *types.Table {
	keep := make([]int, 0, len(t.Columns))
	for i, c := range t.Columns {
		if !c.Hidden {
			keep = append(keep, i)
		}
	}
	if len(keep) == len(t.Columns) {
		return t
	}
	out := &types.Table{Name: t.Name, Columns: t.Columns.Visible(), Rows: make([]types.Row, len(t.Rows))}
	for r, row := range t.Rows {
		out.Rows[r] = make(types.Row, len(keep))
		for i, k := range keep {
			out.Rows[r][i] = row[k]
		}
	}
	return out
}

const widest = 60

func grid(t *types.Table, cut int) table.Writer {
	w := table.NewWriter()
	head := make(table.Row, len(t.Columns))
	for i, c := range t.Columns {
		head[i] = c.Name
	}
	w.AppendHeader(head)
	for _, r := range t.Rows {
		line := make(table.Row, len(r))
		for i, v := range r {
			line[i] = shorten(plain(v.Text()), cut)
		}
		w.AppendRow(line)
	}
	w.SetStyle(lightStyle())
	return w
}

// printCells shows the table of an answer, whose cells are as JSON writes them. On a terminal it shows the columns that
// fit and names the others.
func printCells(out io.Writer, t *copilot.Table) {
	if len(t.Rows) == 1 {
		printOne(out, t)
		return
	}
	texts := make([][]string, len(t.Rows))
	for r, row := range t.Rows {
		texts[r] = make([]string, len(row))
		for i, v := range row {
			texts[r][i] = shorten(plain(shown(t.Columns[i], v)), widest)
		}
	}
	names := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		names[i] = c.Name
	}
	fit := fitting(names, texts, screenWidth(out))
	w := table.NewWriter()
	w.AppendHeader(rowOf(names[:fit]))
	for _, row := range texts {
		w.AppendRow(rowOf(row[:fit]))
	}
	w.SetStyle(lightStyle())
	fmt.Fprintln(out, w.Render())
	if fit < len(names) {
		fmt.Fprintf(out, "%d more columns do not fit (--json has all): %s\n", len(names)-fit, strings.Join(names[fit:], ", "))
	}
}

// printOne shows a single row as a list of what it holds: as a table it would be one very long line.
func printOne(out io.Writer, t *copilot.Table) {
	wide := 0
	for _, c := range t.Columns {
		wide = max(wide, utf8.RuneCountInString(c.Name))
	}
	for i, c := range t.Columns {
		if text := plain(shown(c, t.Rows[0][i])); text != "" {
			fmt.Fprintf(out, "  %-*s  %s\n", wide, c.Name, shorten(text, 4*widest))
		}
	}
}

// fraction is the part of a second in a datetime, which people read past; --json has it.
var fraction = regexp.MustCompile(`\.\d+Z$`)

// shown is a cell as a person reads it.
func shown(c copilot.Column, v any) string {
	if c.Type == "datetime" {
		return fraction.ReplaceAllString(cellText(v), "Z")
	}
	return cellText(v)
}

func rowOf(cells []string) table.Row {
	row := make(table.Row, len(cells))
	for i, c := range cells {
		row[i] = c
	}
	return row
}

// screenWidth is the terminal's width in characters; 0 is no limit.
func screenWidth(out io.Writer) int {
	f, ok := out.(*os.File)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return width
}

// fitting is how many of the columns fit into width; at least one.
func fitting(names []string, rows [][]string, width int) int {
	if width == 0 {
		return len(names)
	}
	used := 1
	for i, n := range names {
		w := utf8.RuneCountInString(n)
		for _, r := range rows {
			w = max(w, utf8.RuneCountInString(r[i]))
		}
		if used += w + 3; used > width && i > 0 {
			return i
		}
	}
	return len(names)
}

func cellText(v any) string {
	switch x := v.(type) {
	case nil:
		return ""
	case string:
		return x
	case json.RawMessage:
		return string(x)
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}

func lightStyle() table.Style {
	style := table.StyleLight
	style.Format.Header = 0
	return style
}

func printTable(out io.Writer, t *types.Table) error {
	if len(t.Columns) == 0 {
		return nil
	}
	_, err := fmt.Fprintln(out, grid(t, widest).Render())
	return err
}

func printMarkdown(out io.Writer, t *types.Table) error {
	_, err := fmt.Fprintln(out, grid(t, 0).RenderMarkdown())
	return err
}

func printJSON(out io.Writer, t *types.Table) error {
	b := []byte(`{"columns":`)
	cols, err := json.Marshal(columnsJSON(t.Columns))
	if err != nil {
		return err
	}
	b = append(append(b, cols...), `,"rows":[`...)
	for i, r := range t.Rows {
		if i > 0 {
			b = append(b, ',')
		}
		b = engine.AppendRow(b, r)
	}
	_, err = out.Write(append(b, "]}\n"...))
	return err
}

type columnJSON struct {
	Name string `json:"name"`
	Type string `json:"type"`
}

func columnsJSON(s types.Schema) []columnJSON {
	out := make([]columnJSON, len(s))
	for i, c := range s {
		out[i] = columnJSON{c.Name, c.Type.String()}
	}
	return out
}

func printCSV(out io.Writer, t *types.Table) error {
	w := csv.NewWriter(out)
	line := make([]string, len(t.Columns))
	for i, c := range t.Columns {
		line[i] = c.Name
	}
	if err := w.Write(line); err != nil {
		return err
	}
	for _, r := range t.Rows {
		for i, v := range r {
			line[i] = v.Text()
		}
		if err := w.Write(line); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

// plain draws the characters of log text that could disguise it or steer the terminal.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
			return '�'
		}
		return r
	}, s)
}

func shorten(s string, cut int) string {
	if r := []rune(s); cut > 0 && len(r) > cut {
		return string(r[:cut-1]) + "…"
	}
	return s
}
