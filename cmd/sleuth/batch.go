package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/sleuth-sec/sleuth/access"
	"github.com/sleuth-sec/sleuth/content/schemas"
	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/entra"
	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/engine"
	"github.com/sleuth-sec/sleuth/kql/types"
	"github.com/sleuth-sec/sleuth/server/clientapi"
	"github.com/sleuth-sec/sleuth/store/catalog"
	"github.com/sleuth-sec/sleuth/workspace"
)

// batchLine is one line of query --batch.
type batchLine struct {
	ID     json.RawMessage   `json:"id"`
	Query  string            `json:"query"`
	Schema map[string]string `json:"schema"`
	Now    string            `json:"now"`
}

// maxLine bounds one line of a batch.
const maxLine = 64 << 20

// queryBatch answers lines in their order. A line that fails is answered with its error; the batch goes on.
func (a *app) queryBatch(ctx context.Context, file string) error {
	in := a.stdin
	if file != "-" {
		f, err := os.Open(a.path(file))
		if err != nil {
			return err
		}
		defer f.Close()
		in = f
	}
	if a.data != "" {
		return a.withHouse(ctx, reads, func(h *house) error {
			return a.batch(ctx, in, batchRunner{h.engine, h.catalog, h.definitions, func(text string, o engine.Options, do func(engine.Options) (*engine.Result, error)) (*engine.Result, error) {
				return h.run(ctx, access.LocalOwner(), text, nil, o, do)
			}})
		})
	}
	s, err := entra.Load(schemas.FS())
	if err != nil {
		return err
	}
	cat, err := catalog.New(s, nil)
	if err != nil {
		return err
	}
	definitions := workspace.CheckCatalog(cat)
	// Of tables without rows there is nothing to put on record.
	inMemory := func(_ string, o engine.Options, do func(engine.Options) (*engine.Result, error)) (*engine.Result, error) {
		return do(o)
	}
	return a.batch(ctx, in, batchRunner{engine.New(engine.Config{Catalog: definitions, Library: builtin.Standard()}), cat, definitions, inMemory})
}

// batchRunner runs the queries of a batch, each by run.
type batchRunner struct {
	engine      *engine.Engine
	catalog     *catalog.Catalog
	definitions *workspace.Catalog
	run         func(text string, o engine.Options, do func(engine.Options) (*engine.Result, error)) (*engine.Result, error)
}

func (a *app) batch(ctx context.Context, in io.Reader, run batchRunner) error {
	lines := bufio.NewScanner(in)
	lines.Buffer(make([]byte, 1<<16), maxLine)
	out := bufio.NewWriter(a.stdout)
	defer out.Flush()
	for n := 1; lines.Scan(); n++ {
		if len(lines.Bytes()) == 0 {
			continue
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if _, err := out.Write(append(run.answer(ctx, lines.Bytes(), n), '\n')); err != nil {
			return err
		}
		if err := out.Flush(); err != nil {
			return err
		}
	}
	return lines.Err()
}

func (r batchRunner) answer(ctx context.Context, raw []byte, n int) []byte {
	var line batchLine
	if err := json.Unmarshal(raw, &line); err != nil {
		return batchError(nil, fmt.Errorf("line %d is not {\"id\", \"query\"}: %w", n, err))
	}
	opts := engine.Options{}
	if line.Now != "" {
		t, err := time.Parse(time.RFC3339Nano, line.Now)
		if err != nil {
			return batchError(line.ID, fmt.Errorf("line %d: now: %w", n, err))
		}
		opts.Now = t
	}
	if line.Schema != nil {
		with, err := r.catalog.With(line.Schema)
		if err != nil {
			return batchError(line.ID, err)
		}
		opts.Catalog = r.definitions.Over(with)
	}
	res, err := r.run(line.Query, opts, func(o engine.Options) (*engine.Result, error) { return r.engine.Query(ctx, line.Query, o) })
	if err != nil {
		return batchError(line.ID, err)
	}
	return batchResult(line.ID, visible(res.Tables[0]), notes(res))
}

// batchResult is a line of answers. Notes, such as that rows were deleted, are a member of it where there are any.
func batchResult(id json.RawMessage, t *types.Table, notes []string) []byte {
	cols, err := json.Marshal(columnsJSON(t.Columns))
	if err != nil {
		return batchError(id, err)
	}
	b := append([]byte(`{"id":`), idOrNull(id)...)
	b = append(append(b, `,"columns":`...), cols...)
	b = append(b, `,"rows":[`...)
	for i, r := range t.Rows {
		if i > 0 {
			b = append(b, ',')
		}
		b = engine.AppendRow(b, r)
	}
	if b = append(b, ']'); len(notes) > 0 {
		b = append(append(b, `,"notes":`...), clientapi.JSON(notes)...)
	}
	return append(b, '}')
}

type errorJSON struct {
	Code    string `json:"code"`
	Message string `json:"message"`
	Fix     string `json:"fix,omitempty"`
	Line    int    `json:"line"`
	Column  int    `json:"column"`
}

func errorObject(err error) errorJSON {
	var list *diag.List
	var d *diag.Diagnostic
	if errors.As(err, &list) {
		d = list.First()
	}
	if d == nil && !errors.As(err, &d) { // what a running query meets comes alone, not in a list
		d = uncoded(err)
	}
	return errorJSON{Code: d.Code, Message: d.Message, Fix: d.Fix, Line: d.Line, Column: d.Column}
}

func batchError(id json.RawMessage, err error) []byte {
	body, merr := json.Marshal(errorObject(err))
	if merr != nil {
		body = []byte(`{"code":"KQL0000","message":"the error could not be encoded","line":0,"column":0}`)
	}
	b := append([]byte(`{"id":`), idOrNull(id)...)
	return append(append(append(b, `,"error":`...), body...), '}')
}

func idOrNull(id json.RawMessage) []byte {
	if len(id) == 0 {
		return []byte("null")
	}
	return id
}
