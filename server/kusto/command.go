package kusto

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/sleuth-sec/sleuth/kql/engine"
	"github.com/sleuth-sec/sleuth/kql/syntax"
	"github.com/sleuth-sec/sleuth/kql/types"
	"github.com/sleuth-sec/sleuth/server/clientapi"
)

// command runs a management command and writes its table, or the result of the query that follows it after a bar.
func (s *Service) command(c *call) {
	cmd, err := readCommand(c.req.CSL)
	if err != nil {
		s.fail(c.w, c.r, c.exchange, http.StatusBadRequest, c.badRequest(err.Error()))
		return
	}
	if err := s.cfg.Authorize(c.r.Context(), c.principal, c.req.CSL, c.requestID); err != nil {
		s.failQuery(c, err)
		return
	}
	t, err := s.show(c.r.Context(), cmd, c)
	var missing *notFound
	var refused *badCommand
	switch {
	case errors.As(err, &missing):
		e := c.error("BadRequest_EntityNotFound", "Request is invalid and cannot be executed.", "EntityNotFoundException", missing.Error())
		s.fail(c.w, c.r, c.exchange, http.StatusBadRequest, e)
		return
	case errors.As(err, &refused):
		s.fail(c.w, c.r, c.exchange, http.StatusBadRequest, c.badRequest(refused.Error()))
		return
	case err != nil:
		s.failQuery(c, err)
		return
	}
	if cmd.query == "" {
		s.send(c, func(to flusher) error { return writeCommand(to, t) })
		return
	}
	text := asDatatable(t) + "\n" + cmd.query
	res, err := s.cfg.Runner.Query(c.r.Context(), c.principal, clientapi.Query{
		Text: text, Sent: c.req.CSL, Options: engine.Options{Now: c.at, Timeout: defaultTimeout},
		API: "Kusto", Database: c.req.DB, RequestID: c.requestID, Application: c.r.Header.Get("x-ms-app"), User: c.r.Header.Get("x-ms-user"),
	})
	if err != nil {
		s.failQuery(c, err)
		return
	}
	s.send(c, func(to flusher) error { return writeCommand(to, res.Tables[0]) })
}

// mgmt is a command in words: what was written with quotes and brackets is one word, a list in parentheses is one too.
type mgmt struct {
	words []word
	props map[string]string // with (name = value, ...)
	query string            // from the bar on; empty where there is none
}

type word struct {
	text string
	name bool     // written as a name: in brackets or quotes, never a keyword
	list []string // of parentheses
}

// badCommand says why a command is not run.
type badCommand struct{ why string }

func (e *badCommand) Error() string { return e.why }

// notFound names what a command asked for and the workspace does not have.
type notFound struct{ kind, name string }

func (e *notFound) Error() string {
	return fmt.Sprintf("Entity not found: %s %s was not found in the workspace", e.kind, short(e.name))
}

// readCommand divides a command. It refuses what would change something, by name.
func readCommand(text string) (*mgmt, error) {
	tokens := syntax.Tokens(text)
	if tokens[0].Kind != syntax.Punct || tokens[0].Text != "." {
		return nil, errors.New("a management command begins with a dot; queries go to /v2/rest/query")
	}
	out := &mgmt{props: map[string]string{}}
	p := &commandParser{tokens: tokens[1:]}
	for !p.at("|") && p.peek().Kind != syntax.EOF {
		if p.at(";") {
			p.next()
			continue
		}
		w, err := p.word()
		if err != nil {
			return nil, err
		}
		if last := len(out.words) - 1; last >= 0 && w.list != nil && out.words[last].is("with") {
			out.words = out.words[:last]
			for _, entry := range w.list {
				k, v, _ := strings.Cut(entry, "=")
				out.props[strings.ToLower(strings.TrimSpace(k))] = strings.TrimSpace(v)
			}
			continue
		}
		out.words = append(out.words, w)
	}
	if p.at("|") {
		out.query = text[p.peek().Span.Start:]
	}
	if len(out.words) == 0 {
		return nil, errors.New("the command is empty: .show tables is one")
	}
	if first := out.words[0].text; !strings.EqualFold(first, "show") {
		return nil, fmt.Errorf(".%s is not run: over this endpoint the workspace is only read, and commands are those of .show. Data comes in with sleuth import", printable(first))
	}
	return out, nil
}

// is reports whether a word is this keyword.
func (w word) is(keyword string) bool {
	return !w.name && w.list == nil && strings.EqualFold(w.text, keyword)
}

type commandParser struct {
	tokens []syntax.Token
	i      int
}

func (p *commandParser) peek() syntax.Token { return p.tokens[min(p.i, len(p.tokens)-1)] }

func (p *commandParser) next() syntax.Token {
	t := p.peek()
	p.i++
	return t
}

func (p *commandParser) at(punct string) bool {
	t := p.peek()
	return t.Kind == syntax.Punct && t.Text == punct
}

// word reads the next word.
func (p *commandParser) word() (word, error) {
	t := p.next()
	switch {
	case t.Kind == syntax.String:
		s, ok := stringLiteral(t.Text)
		if !ok {
			return word{}, fmt.Errorf("%s is not a string", short(t.Text))
		}
		return word{text: s, name: true}, nil
	case t.Kind == syntax.Punct && t.Text == "[":
		return p.bracketed()
	case t.Kind == syntax.Punct && t.Text == "(":
		return p.list()
	case t.Kind == syntax.Bad || t.Kind == syntax.EOF:
		return word{}, fmt.Errorf("%s has no meaning in a command", short(t.Text))
	}
	// materialized-views is one word: parts and dashes without blanks between.
	w := t.Text
	for p.peek().Trivia == "" && (p.at("-") || strings.HasSuffix(w, "-")) && p.peek().Kind != syntax.EOF {
		w += p.next().Text
	}
	return word{text: w}, nil
}

// bracketed is ['a name'], or [name] as the service also takes it.
func (p *commandParser) bracketed() (word, error) {
	t := p.next()
	s := t.Text
	if t.Kind == syntax.String {
		var ok bool
		if s, ok = stringLiteral(t.Text); !ok {
			return word{}, fmt.Errorf("%s is not a string", short(t.Text))
		}
	}
	if !p.at("]") {
		return word{}, fmt.Errorf("the bracket before %s is not closed", short(s))
	}
	p.next()
	return word{text: s, name: true}, nil
}

// list is what stands in parentheses, divided by commas; the parts of an entry are joined without blanks.
func (p *commandParser) list() (word, error) {
	out := word{list: []string{}}
	entry := ""
	for {
		switch {
		case p.peek().Kind == syntax.EOF:
			return word{}, errors.New("a parenthesis is not closed")
		case p.at(")"), p.at(","):
			end := p.next().Text == ")"
			if entry != "" {
				out.list = append(out.list, entry)
			}
			if entry = ""; end {
				return out, nil
			}
		case p.at("="):
			p.next()
			entry += "="
		default:
			w, err := p.word()
			if err != nil {
				return word{}, err
			}
			if w.list != nil {
				return word{}, errors.New("parentheses inside parentheses have no meaning in a command")
			}
			if w.is("if_later_than") { // a hint that a schema known already need not be sent again
				if _, err := p.word(); err != nil {
					return word{}, err
				}
				continue
			}
			entry += w.text
		}
	}
}

// match reports whether a command has the form of a pattern, and gives the names and lists at its <name> and <names>.
func (m *mgmt) match(pattern string) (args []word, ok bool) {
	parts := strings.Fields(pattern)
	words := m.words
	if i := slices.IndexFunc(words, func(w word) bool { return w.is("if_later_than") }); i >= 0 && i+1 < len(words) {
		words = slices.Concat(words[:i], words[i+2:])
	}
	if len(parts) != len(words) {
		return nil, false
	}
	for i, part := range parts {
		w := words[i]
		switch part {
		case "<name>":
			if w.list != nil {
				return nil, false
			}
			args = append(args, w)
		case "<names>":
			if w.list == nil {
				return nil, false
			}
			args = append(args, w)
		default:
			if !w.is(part) {
				return nil, false
			}
		}
	}
	return args, true
}

// show runs a command of .show.
func (s *Service) show(ctx context.Context, m *mgmt, c *call) (*types.Table, error) {
	for _, d := range shows() {
		if args, ok := m.match(d.pattern); ok {
			return d.run(&showing{Service: s, ctx: ctx, call: c, args: args, props: m.props})
		}
	}
	said := make([]string, 0, len(m.words))
	for _, w := range m.words {
		said = append(said, w.text)
	}
	return nil, &badCommand{fmt.Sprintf(".%s is not a command here. These are: .%s", printable(strings.Join(said, " ")), strings.Join(Commands(), ", ."))}
}

// Commands are the forms of the commands that are run.
func Commands() []string {
	var out []string
	for _, d := range shows() {
		out = append(out, d.pattern)
	}
	return out
}

// printable cuts what a message repeats of a command.
func printable(s string) string {
	q := short(s)
	return q[1 : len(q)-1]
}

// asDatatable writes a table as the literal that a query can begin with.
func asDatatable(t *types.Table) string {
	var b strings.Builder
	b.WriteString("datatable(")
	for i, c := range t.Columns {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%s:%s", clientapi.ColumnName(c.Name), c.Type)
	}
	b.WriteString(")[")
	n := 0
	for _, row := range t.Rows {
		for _, v := range row {
			if n > 0 {
				b.WriteByte(',')
			}
			n++
			b.WriteString(literal(v))
		}
	}
	b.WriteByte(']')
	return b.String()
}

// literal is a value as KQL.
func literal(v types.Value) string {
	switch {
	case v.Type() == types.String:
		return `"` + strings.NewReplacer("\\", `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`).Replace(v.Str()) + `"`
	case v.IsNull():
		return v.Type().String() + "(null)"
	case v.Type() == types.Bool:
		return fmt.Sprint(v.Bool())
	case v.Type() == types.Dynamic:
		return "dynamic(" + types.FormatJSON(v.Tree()) + ")"
	default:
		return v.Type().String() + "(" + v.Text() + ")"
	}
}
