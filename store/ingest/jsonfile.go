package ingest

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
)

// jsonFile reads a stream of JSON values: objects one after the other or one per line, arrays of
// objects, and the frames that services put around them.
func (rd *reader) jsonFile(text io.Reader) error {
	s := newScanner(text)
	for {
		switch c := s.space(","); c {
		case 0:
			return s.err
		case '[':
			s.pos++
			if err := rd.elements(s, nil); err != nil {
				return err
			}
		case '{':
			if err := rd.topObject(s); err != nil {
				return err
			}
		case ']': // the end of an array whose broken element was given up
			s.pos++
		default:
			if _, err := rd.next(s); err != nil {
				return err
			}
		}
	}
}

// next reads a value, setting aside what is not JSON; raw is nil then. The value is a copy that nothing writes to, so that
// what is made of it may be a view into it.
func (rd *reader) next(s *scanner) (raw []byte, err error) {
	raw, line, err := s.value()
	var bad *errSyntax
	if errors.As(err, &bad) {
		return nil, rd.reject(bad.line, "not JSON: "+bad.reason, bad.raw)
	}
	if err != nil {
		return nil, err
	}
	if len(raw) == 0 || raw[0] != '{' && raw[0] != '[' && raw[0] != '"' {
		return nil, rd.reject(line, "not an object", raw)
	}
	return rd.own(raw), nil
}

// elements reads the elements of an array whose bracket was read, up to its end.
func (rd *reader) elements(s *scanner, known *shape) error {
	for {
		switch c := s.space(","); c {
		case 0:
			return s.err
		case ']':
			s.pos++
			return nil
		case '}', ':': // left over from a broken element
			s.pos++
			continue
		}
		line := s.line
		raw, err := rd.next(s)
		if err != nil {
			return err
		}
		if raw == nil {
			continue
		}
		if raw[0] == '[' { // pages in a list
			for _, e := range parseArray(raw) {
				if err := rd.record(e, line, known); err != nil {
					return err
				}
			}
			continue
		}
		if err := rd.record(raw, line, known); err != nil {
			return err
		}
	}
}

// frameKeys are the first properties of a frame around records; other objects are records.
func frameKey(name string) bool {
	if strings.HasPrefix(name, "@odata.") {
		return name != "@odata.type" && name != "@odata.id"
	}
	switch name {
	case "value", "records", "tables", "schema", "results":
		return true
	}
	return false
}

// topObject reads an object of the top level: a record, or a frame whose list is read as a stream.
func (rd *reader) topObject(s *scanner) error {
	if !frameKey(firstKey(s)) {
		line := s.line
		raw, err := rd.next(s)
		if err != nil || raw == nil {
			return err
		}
		return rd.record(raw, line, nil)
	}
	return rd.frame(s)
}

// firstKey looks at the first property name without moving on.
func firstKey(s *scanner) string {
	for len(s.buf)-s.pos < 4096 {
		before := len(s.buf) - s.pos
		if _, ok := s.more(s.pos); !ok || len(s.buf)-s.pos == before && s.eof {
			break
		}
	}
	rest := bytes.TrimLeft(s.buf[s.pos+1:], " \t\r\n")
	if len(rest) == 0 || rest[0] != '"' {
		return ""
	}
	end := bytes.IndexByte(rest[1:], '"')
	if end < 0 {
		return ""
	}
	return string(rest[1 : 1+end])
}

// frame is the part of a document around its list.
type frame struct {
	members []Member
	listed  bool
	shape   *shape
	c       *collection
	ref     contextRef
	line    int64
}

func (f *frame) get(name string) []byte {
	for _, m := range f.members {
		if strings.EqualFold(m.Name, name) {
			return m.Raw
		}
	}
	return nil
}

func (rd *reader) frame(s *scanner) error {
	f := &frame{line: s.line}
	s.pos++ // the brace
	rd.covered = map[string]bool{}
	for {
		switch c := s.space(","); c {
		case 0:
			if s.err == nil {
				if err := rd.reject(f.line, "the document ends before its end", nil); err != nil {
					return err
				}
				return nil // a cut document is no complete snapshot
			}
			return s.err
		case '}':
			s.pos++
			return rd.endFrame(f)
		case '"':
		default: // left over from a broken element
			if _, err := rd.next(s); err != nil {
				return err
			}
			continue
		}
		key, err := rd.next(s)
		if err != nil {
			return err
		}
		if key == nil {
			continue
		}
		if err := rd.frameMember(s, f, unquote(key)); err != nil {
			return err
		}
	}
}

// frameMember reads one property of a frame; its list is read element by element.
func (rd *reader) frameMember(s *scanner, f *frame, name string) error {
	c := s.space(":")
	switch {
	case c == '[' && (name == "value" || name == "records" || name == "results"):
		f.listed = true
		rd.readContext(f)
		s.pos++
		return rd.elements(s, f.shape)
	case c == '[' && name == "tables":
		f.listed = true
		s.pos++
		return rd.apiTables(s)
	}
	raw, line, err := s.value()
	var bad *errSyntax
	if errors.As(err, &bad) {
		return rd.reject(line, "not JSON: "+bad.reason, bad.raw)
	}
	if err != nil {
		return err
	}
	f.members = append(f.members, Member{Name: name, Raw: bytes.Clone(raw)})
	return nil
}

func (rd *reader) readContext(f *frame) {
	context := rawText(f.get("@odata.context"))
	if context == "" {
		return
	}
	f.c, f.ref = rd.parseContext(context)
	if f.c != nil {
		s := rd.collectionShape(f.c, f.ref)
		f.shape = &s
	}
}

// endFrame reads a single object that stands in the frame itself, and says that a page ended.
func (rd *reader) endFrame(f *frame) error {
	if !f.listed {
		rd.readContext(f)
		o := &object{}
		for _, m := range f.members {
			if !strings.HasPrefix(m.Name, "@odata.") || m.Name == "@odata.type" {
				o.members = append(o.members, m)
			}
		}
		if err := rd.recordObject(o, f.line, f.shape); err != nil {
			return err
		}
	}
	c := f.c
	if c == nil && rd.result.Formats["Graph diagnostic settings"] > 0 {
		c = rd.collectionOfPath("microsoft.aadiam/diagnosticsettings")
	}
	if c == nil || c.table == "" {
		return nil
	}
	next := !isEmpty(f.get("@odata.nextLink")) || !isEmpty(f.get("nextLink"))
	return rd.endPage(c, f.ref, next)
}

// endPage: the document of one container covers that container, any other the collection.
func (rd *reader) endPage(c *collection, ref contextRef, next bool) error {
	if ref.owner != "" {
		typed := c.path == "users/authentication" && ref.last != "methods"
		if next || typed {
			return nil
		}
		return rd.cover(c, c.table, ref.owner)
	}
	p := Page{Collection: c.path, Tables: []string{c.table}, HasNext: next}
	for _, t := range c.more {
		if rd.covered[t] {
			p.Tables = append(p.Tables, t)
		}
	}
	return rd.sink.Page(p)
}

// apiTables reads the tables of a Log Analytics answer: {"name", "columns", "rows": [[...]]}.
// https://learn.microsoft.com/azure/azure-monitor/logs/api/response-format
func (rd *reader) apiTables(s *scanner) error {
	for {
		switch c := s.space(","); c {
		case 0:
			return s.err
		case ']':
			s.pos++
			return nil
		case '{':
			s.pos++
			if err := rd.apiTable(s); err != nil {
				return err
			}
		default:
			if _, err := rd.next(s); err != nil {
				return err
			}
		}
	}
}

func (rd *reader) apiTable(s *scanner) error {
	var columns []string
	for {
		switch c := s.space(","); c {
		case 0:
			return s.err
		case '}':
			s.pos++
			return nil
		}
		key, err := rd.next(s)
		if err != nil {
			return err
		}
		if key == nil {
			continue
		}
		name := unquote(key)
		c := s.space(":")
		if strings.EqualFold(name, "rows") && c == '[' {
			s.pos++
			if err := rd.apiRows(s, columns); err != nil {
				return err
			}
			continue
		}
		raw, line, err := s.value()
		var bad *errSyntax
		if errors.As(err, &bad) {
			if err := rd.reject(line, "not JSON: "+bad.reason, bad.raw); err != nil {
				return err
			}
			continue
		}
		if err != nil {
			return err
		}
		if strings.EqualFold(name, "columns") {
			columns = columnNames(bytes.Clone(raw))
		}
	}
}

func columnNames(raw []byte) []string {
	var out []string
	for _, e := range parseArray(raw) {
		o, ok := parseObject(e)
		if !ok {
			continue
		}
		name := o.text("name")
		if name == "" {
			name = o.text("ColumnName")
		}
		out = append(out, name)
	}
	return out
}

func (rd *reader) apiRows(s *scanner, columns []string) error {
	for {
		switch c := s.space(","); c {
		case 0:
			return s.err
		case ']':
			s.pos++
			return nil
		}
		line := s.line
		raw, err := rd.next(s)
		if err != nil {
			return err
		}
		if raw == nil {
			continue
		}
		values := parseArray(raw)
		if len(values) != len(columns) {
			if err := rd.reject(line, "a row whose cells are not as many as the columns", raw); err != nil {
				return err
			}
			continue
		}
		o := &object{members: make([]Member, len(values))}
		for i, v := range values {
			o.members[i] = Member{Name: columns[i], Raw: v}
		}
		if err := rd.recordObject(o, line, nil); err != nil {
			return err
		}
	}
}

// looksLikeTable: the first line has several columns of which a known format or table has some.
func (rd *reader) looksLikeTable(head []byte) bool {
	names, _ := headerOf(bufio.NewReader(bytes.NewReader(head)))
	return len(names) >= 2
}
