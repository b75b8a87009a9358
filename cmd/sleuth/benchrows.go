package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/sleuth-sec/sleuth/kql/engine"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// settle fills in the names that the queries take from the data: a user of the middle, a correlation, the tables' columns.
func (b *kqlBench) settle(ctx context.Context, cat *benchCatalog) error {
	arrival := *cat.tables["SigninLogs"]
	arrival.Name, arrival.Relation = "SigninLogsByArrival", "ws.main.arrival_SigninLogs"
	cat.tables[arrival.Name] = &arrival
	var user, correlation string
	if err := b.cell(ctx, `SELECT UserPrincipalName FROM ws.main.SigninLogs GROUP BY ALL ORDER BY abs(count(*) - (SELECT count(*) / count(DISTINCT UserPrincipalName) FROM ws.main.SigninLogs)), 1 LIMIT 1`, &user); err != nil {
		return err
	}
	if err := b.cell(ctx, `SELECT CorrelationId FROM ws.main.SigninLogs WHERE UserPrincipalName = '`+user+`' ORDER BY 1 LIMIT 1`, &correlation); err != nil {
		return err
	}
	end := types.TicksOf(benchEnd())
	ticks := func(days int) string { return fmt.Sprint(end + int64(days)*types.TicksPerDay) }
	day := func(days int) string { return benchEnd().AddDate(0, 0, days).Format("2006-01-02") }
	signIns, others, err := b.unionColumns(ctx)
	if err != nil {
		return err
	}
	b.names = strings.NewReplacer("{USER}", strings.ToUpper(user), "{user}", strings.ToLower(user), "{correlation}", correlation,
		"{day}", day(-10), "{day_ticks}", ticks(-10), "{day_end_ticks}", ticks(-9), "{week_ticks}", ticks(-7), "{month_ticks}", ticks(-30),
		"{yesterday_ticks}", ticks(-1), "{from}", day(-30), "{to}", day(0), "{from_ticks}", ticks(-30), "{to_ticks}", ticks(0), "{hours}", "720",
		"{signin_columns}", quoted(cat.tables["SigninLogs"].Columns), "{audit_columns}", quoted(cat.tables["AuditLogs"].Columns),
		"{union_signins}", signIns, "{union_noninteractive}", others)
	return nil
}

func (b *kqlBench) cell(ctx context.Context, statement string, to *string) error {
	rows, err := b.db.QueryRows(ctx, statement)
	if err != nil {
		return err
	}
	defer rows.Close()
	if !rows.Next() {
		return errors.Join(rows.Err(), fmt.Errorf("no row of %s", statement))
	}
	return rows.Scan(to)
}

func quoted(s types.Schema) string {
	var out []string
	for _, c := range s {
		if !c.Hidden {
			out = append(out, fmt.Sprintf("%q", c.Name))
		}
	}
	return strings.Join(out, ", ")
}

// unionColumns are the columns of both sources of the union as SQL, in the order of its result. A column of two types becomes two.
func (b *kqlBench) unionColumns(ctx context.Context) (signIns, others string, err error) {
	schemas := make([]types.Schema, 3)
	for i, q := range []string{"union SigninLogs, AADNonInteractiveUserSignInLogs", "SigninLogs", "AADNonInteractiveUserSignInLogs"} {
		if schemas[i], err = b.engine.Columns(ctx, q, engine.Options{Now: benchEnd()}); err != nil {
			return "", "", err
		}
	}
	lists := make([][]string, 2)
	for _, c := range schemas[0] {
		for i, s := range schemas[1:] {
			lists[i] = append(lists[i], unionCell(c, s))
		}
	}
	return strings.Join(lists[0], ", "), strings.Join(lists[1], ", "), nil
}

// unionCell is the column of a source that fills a column of the union, which may be named with its type.
func unionCell(c types.Column, source types.Schema) string {
	for _, name := range []string{c.Name, strings.TrimSuffix(c.Name, "_"+c.Type.String())} {
		for _, have := range source {
			if have.Name == name && have.Type == c.Type {
				return fmt.Sprintf("%q", name)
			}
		}
	}
	if c.Type == types.String {
		return "''"
	}
	return "NULL"
}

// ties are the places of the column by which a top query chooses: among rows with the last value any may be taken.
func ties(name string) int {
	if at, ok := map[string]int{"q02": 1, "q04": 1, "q11": 1}[name]; ok {
		return at
	}
	return -1
}

// equal runs both texts and compares their rows as multisets.
func (b *kqlBench) equal(ctx context.Context, name, kql, statement string) (rows int, note string, err error) {
	res, err := b.engine.Query(ctx, kql, engine.Options{Now: benchEnd()})
	if err != nil {
		return 0, "", fmt.Errorf("KQL: %w", err)
	}
	if res.Stats.Fallback != "" {
		note = ", fell back: " + res.Stats.Fallback
	}
	cursor, err := b.db.QueryRows(ctx, statement)
	if err != nil {
		return 0, "", fmt.Errorf("SQL: %w", err)
	}
	other, err := readAll(cursor, res.Columns())
	if err != nil {
		return 0, "", fmt.Errorf("SQL: %w", err)
	}
	return len(other), note, sameBenchRows(res.Rows(), other, ties(name))
}

func readAll(cursor *sql.Rows, schema types.Schema) ([]types.Row, error) {
	rows, err := engine.ReadSQL(cursor, schema)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []types.Row
	for {
		row, err := rows.Next()
		if err == io.EOF {
			return out, nil
		}
		if err != nil {
			return nil, err
		}
		out = append(out, row)
	}
}

// sameBenchRows compares rows cell by cell; reals may differ in their last digits, which two formulas for a distance do. Where rows
// were chosen by the column at tied, those with the last value need only be as many.
func sameBenchRows(a, b []types.Row, tied int) error {
	if len(a) != len(b) {
		return fmt.Errorf("KQL gives %d rows, SQL %d", len(a), len(b))
	}
	x, y := benchLines(a, tied), benchLines(b, tied)
	for i := range x {
		if x[i] != y[i] {
			return fmt.Errorf("row %d of KQL is\n%s\nof SQL\n%s", i, x[i], y[i])
		}
	}
	return nil
}

func benchLines(rows []types.Row, tied int) []string {
	last := ""
	if tied >= 0 && len(rows) > 0 {
		last = rows[len(rows)-1][tied].Text()
	}
	out := make([]string, len(rows))
	for i, row := range rows {
		if tied >= 0 && row[tied].Text() == last {
			out[i] = last
			continue
		}
		var b []byte
		for _, v := range row {
			if v.Type() == types.Real && !v.IsNull() && !math.IsInf(v.Real(), 0) {
				b = fmt.Appendf(b, "%.9g,", v.Real())
				continue
			}
			b = append(engine.AppendCell(b, v), ',')
		}
		out[i] = string(b)
	}
	slices.Sort(out)
	return out
}
