package syntax

func (w *printer) statement(s Statement) {
	switch s := s.(type) {
	case *LetStmt:
		w.put("let ")
		w.name(s.Name)
		w.put(" = ")
		// The operators of a named table stand deeper than its let.
		w.indent++
		if t, ok := s.Value.(*TabularExpr); ok {
			w.tabular(t)
			w.indent--
			return
		}
		w.indent--
		w.expr(s.Value)
	case *SetStmt:
		w.put("set ")
		w.name(s.Name)
		if s.Value != nil {
			w.put(" = ")
			w.expr(s.Value)
		}
	case *DeclareStmt:
		w.put("declare query_parameters")
		w.params(s.Params)
	case *PatternStmt:
		w.pattern(s)
	case *AliasStmt:
		w.put("alias database ")
		w.name(s.Name)
		w.put(" = ")
		w.expr(s.Value)
	case *RestrictStmt:
		w.put("restrict access to (")
		w.exprs(s.Entities)
		w.put(")")
	case *QueryStmt:
		w.expr(s.Expr)
	case *Command:
		w.put(s.Text)
		w.skipComments(s.Range.End)
	}
}

func (w *printer) pattern(s *PatternStmt) {
	w.put("declare pattern ")
	w.name(s.Name)
	if s.Params == nil && s.Path == nil && s.Cases == nil { // it declares a name that another query fills
		return
	}
	w.put(" = ")
	w.params(s.Params)
	if s.Path != nil {
		w.put("[")
		w.param(*s.Path)
		w.put("]")
	}
	w.block(" {", s.Range.Start, s.Range.End, "}", func() {
		for i, c := range s.Cases {
			if i > 0 {
				w.newline(c.Range.Start)
			}
			w.put("(")
			w.exprs(c.Values)
			w.put(")")
			if c.Path != nil {
				w.put(".[")
				w.expr(c.Path)
				w.put("]")
			}
			w.put(" = ")
			w.body(c.Body)
			w.put(";")
		}
	})
}

func (w *printer) params(list []Param) {
	w.put("(")
	w.list(len(list), func(i int) { w.param(list[i]) })
	w.put(")")
}

func (w *printer) param(one Param) {
	w.name(one.Name)
	w.put(":")
	if one.Tabular {
		w.schema(one.Schema, one.Open)
	} else {
		w.put(one.Type)
	}
	if one.Default != nil {
		w.put("=")
		w.expr(one.Default)
	}
}

func (w *printer) schema(columns []ColumnDecl, open bool) {
	w.put("(")
	w.list(len(columns), func(i int) {
		w.name(columns[i].Name)
		w.put(":", columns[i].Type)
	})
	if open {
		if len(columns) > 0 {
			w.put(", ")
		}
		w.put("*")
	}
	w.put(")")
}

// body writes a function's body: a scalar result alone stays on the line.
func (w *printer) body(b *Body) {
	if b == nil {
		w.bad = true
		return
	}
	_, tabular := b.Result.(*TabularExpr)
	if b.Result == nil && len(b.Statements) == 0 {
		w.put("{ }")
		return
	}
	if len(b.Statements) == 0 && !tabular {
		w.put("{ ")
		w.expr(b.Result)
		w.put(" }")
		return
	}
	start := b.Range.Start
	if len(b.Statements) > 0 {
		start = b.Statements[0].Span().Start
	} else if b.Result != nil {
		start = b.Result.Span().Start
	}
	w.block("{", start, b.Range.End, "}", func() {
		for i, s := range b.Statements {
			if i > 0 {
				w.newline(s.Span().Start)
			}
			w.statement(s)
			w.put(";")
			w.last = s.Span().End
		}
		if b.Result == nil {
			return
		}
		if len(b.Statements) > 0 {
			w.newline(b.Result.Span().Start)
		}
		w.expr(b.Result)
		w.last = b.Result.Span().End
	})
}
