package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/Azure/azure-kusto-go/azkustodata"
	kustoerrors "github.com/Azure/azure-kusto-go/azkustodata/errors"
	"github.com/Azure/azure-kusto-go/azkustodata/kql"
	"github.com/Azure/azure-kusto-go/azkustodata/query"
	v2 "github.com/Azure/azure-kusto-go/azkustodata/query/v2"
	"github.com/Azure/azure-kusto-go/azkustodata/value"
	"github.com/google/uuid"
	"github.com/shopspring/decimal"
)

const db = "Workspace"

// text is a query as it is: the builder takes constants only.
func text(s string) *kql.Builder { return kql.New("").AddUnsafe(s) }

func kustoCalls(s setting) {
	c, err := azkustodata.New(azkustodata.NewConnectionStringBuilder(s.url).WithApplicationToken("app", s.token))
	if err != nil {
		panic(err)
	}
	defer c.Close()
	check("query: a value of every type", func(ctx context.Context) error { return everyKustoType(ctx, c) })
	check("query: rows into structs", func(ctx context.Context) error {
		res, err := c.Query(ctx, db, text("SigninLogs | summarize Count = count(), Last = max(TimeGenerated) by AppDisplayName | order by Count desc"))
		if err != nil {
			return err
		}
		type app struct {
			AppDisplayName string
			Count          int64
			Last           time.Time
		}
		apps, err := query.ToStructs[app](res.Tables()[0])
		if err != nil || len(apps) < 2 || apps[0].Count < apps[1].Count || apps[0].Last.IsZero() {
			return fmt.Errorf("%v %w", apps, err)
		}
		return nil
	})
	check("query: parameters of every type", func(ctx context.Context) error { return kustoParameters(ctx, c) })
	check("query: several results", func(ctx context.Context) error {
		res, err := c.Query(ctx, db, text("print a=1; print b=2"))
		if err != nil {
			return err
		}
		primary := 0
		for _, t := range res.Tables() {
			if t.IsPrimaryResult() {
				primary++
			}
		}
		return want("primary results", primary, 2)
	})
	check("query: render among the query's properties", func(ctx context.Context) error {
		res, err := c.Query(ctx, db, text("SigninLogs | summarize count() by bin(TimeGenerated, 1d) | render timechart with (title='Sign-ins')"))
		if err != nil {
			return err
		}
		for _, t := range res.Tables() {
			if t.Kind() == v2.QueryPropertiesKind {
				p, err := v2.AsQueryProperties(t)
				if err != nil {
					return err
				}
				return want("title", fmt.Sprint(p[0].Value["Visualization"], p[0].Value["Title"]), "timechartSign-ins")
			}
		}
		return errors.New("no properties")
	})
	check("query: what the service says of the query", func(ctx context.Context) error {
		res, err := c.Query(ctx, db, text("print 1"), azkustodata.ClientRequestID("Conformance;1"))
		if err != nil {
			return err
		}
		for _, t := range res.Tables() {
			if t.Kind() == v2.QueryCompletionInformationKind {
				info, err := v2.AsQueryCompletionInformation(t)
				if err != nil {
					return err
				}
				return want("request", info[0].ClientRequestId, "Conformance;1")
			}
		}
		return errors.New("no completion information")
	})
	check("query: 200,000 rows, one by one", func(ctx context.Context) error {
		res, err := c.IterativeQuery(ctx, db, text("range n from 1 to 200000 step 1 | extend s = strcat('row ', n)"))
		if err != nil {
			return err
		}
		defer res.Close()
		rows := 0
		for t := range res.Tables() {
			if t.Err() != nil {
				return t.Err()
			}
			if !t.Table().IsPrimaryResult() {
				continue
			}
			for r := range t.Table().Rows() {
				if r.Err() != nil {
					return r.Err()
				}
				rows++
			}
		}
		return want("rows", rows, 200000)
	})
	check("query: truncation is a partial failure", func(ctx context.Context) error {
		_, err := c.Query(ctx, db, text("range n from 1 to 100 step 1"), azkustodata.TruncationMaxRecords(10))
		if err == nil || !strings.Contains(err.Error(), "exceed the set limit of 10 records") {
			return fmt.Errorf("got %v", err)
		}
		return nil
	})
	check("query: notruncation lifts the limit", func(ctx context.Context) error {
		res, err := c.Query(ctx, db, text("range n from 1 to 100 step 1"), azkustodata.TruncationMaxRecords(10), azkustodata.NoTruncation())
		if err != nil {
			return err
		}
		return want("rows", len(res.Tables()[0].Rows()), 100)
	})
	check("query: a syntax error has line and position", func(ctx context.Context) error {
		_, err := c.Query(ctx, db, text("SigninLogs\n| wher x > 1"))
		return httpError(err, 400, "[line:position=2:2]")
	})
	check("query: a semantic error names the column", func(ctx context.Context) error {
		_, err := c.Query(ctx, db, text("SigninLogs | where UserPrincipalNam == ''"))
		return httpError(err, 400, "UserPrincipalNam")
	})
	check("query: servertimeout", func(ctx context.Context) error {
		_, err := c.Query(ctx, db, text(slow), azkustodata.ServerTimeout(time.Second))
		return httpError(err, 504, "longer than")
	})
	for _, command := range []string{
		".show tables", ".show tables details | where TotalRowCount > 0", ".show table SigninLogs cslschema", ".show table SigninLogs schema as json",
		".show database schema", ".show database schema as json", ".show schema as json", ".show databases", ".show databases entities | where EntityName == 'SigninLogs'",
		".show functions", ".show version", ".show cluster", ".show principal access",
	} {
		check("command: "+command, func(ctx context.Context) error {
			res, err := c.Mgmt(ctx, db, text(command))
			if err != nil {
				return err
			}
			if len(res.Tables()) != 1 || len(res.Tables()[0].Rows()) == 0 {
				return fmt.Errorf("%d tables", len(res.Tables()))
			}
			return nil
		})
	}
	check("command: one that changes something is refused", func(ctx context.Context) error {
		_, err := c.Mgmt(ctx, db, text(".drop table SigninLogs"))
		return httpError(err, 400, "only read")
	})
	check("who: a wrong token is refused", func(ctx context.Context) error {
		other, err := azkustodata.New(azkustodata.NewConnectionStringBuilder(s.url).WithApplicationToken("app", strings.Repeat("0", 48)))
		if err != nil {
			return err
		}
		defer other.Close()
		_, err = other.Query(ctx, db, text("print 1"))
		return httpError(err, 401, "token")
	})
	check("who: without a token over plain HTTP where that is set", func(ctx context.Context) error {
		open, err := azkustodata.New(azkustodata.NewConnectionStringBuilder(s.open))
		if err != nil {
			return err
		}
		defer open.Close()
		res, err := open.Query(ctx, "Db", text("print a=1"))
		if err != nil {
			return err
		}
		return want("rows", len(res.Tables()[0].Rows()), 1)
	})
	check("limits: a cancelled query ends", func(ctx context.Context) error {
		ctx, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
		defer cancel()
		if _, err := c.Query(ctx, db, text(slow)); !errors.Is(err, context.DeadlineExceeded) {
			return fmt.Errorf("got %v", err)
		}
		_, err := c.Query(context.Background(), db, text("print 1"))
		return err
	})
}

func httpError(err error, status int, part string) error {
	var h *kustoerrors.HttpError
	if !errors.As(err, &h) || h.StatusCode != status || !strings.Contains(err.Error(), part) {
		return fmt.Errorf("want status %d with %q, got %v", status, part, err)
	}
	return nil
}

func everyKustoType(ctx context.Context, c *azkustodata.Client) error {
	res, err := c.Query(ctx, db, text(everyType))
	if err != nil {
		return err
	}
	row := res.Tables()[0].Rows()[0]
	b, e1 := row.BoolByName("b")
	i, e2 := row.IntByName("i")
	l, e3 := row.LongByName("l")
	r, e4 := row.RealByName("r")
	nan, e5 := row.RealByName("nan")
	inf, e6 := row.RealByName("inf")
	d, e7 := row.DecimalByName("d")
	str, e8 := row.StringByName("s")
	t, e9 := row.DateTimeByName("t")
	sp, e10 := row.TimespanByName("sp")
	g, e11 := row.GuidByName("g")
	dy, e12 := row.DynamicByName("dy")
	if err := errors.Join(e1, e2, e3, e4, e5, e6, e7, e8, e9, e10, e11, e12); err != nil {
		return err
	}
	if !math.IsNaN(*nan) || !math.IsInf(*inf, 1) {
		return fmt.Errorf("nan %v, inf %v", *nan, *inf)
	}
	for _, n := range []string{"nb", "nl", "nr", "nd", "nt", "nsp", "ng"} {
		v, err := row.ValueByName(n)
		if err != nil {
			return err
		}
		if got := fmt.Sprint(v.GetValue()); got != "<nil>" {
			return fmt.Errorf("%s is %s", n, got)
		}
	}
	v, err := row.ValueByName("ndy")
	if err != nil {
		return err
	}
	return first(
		want("b", *b, true), want("i", *i, int32(-5)), want("l", *l, int64(math.MaxInt64)), want("r", *r, 1.5), want("d", d.String(), "1.23456789012345678901"),
		want("s", str, `Ærø "quoted" <日本語>`), want("t", t.Format(time.RFC3339Nano), "2026-11-20T01:02:03.1234567Z"), want("sp", *sp, 26*time.Hour+3*time.Minute+4567*time.Millisecond),
		want("g", g.String(), "74be27de-1e4e-49d9-b579-fe0b331d3642"), want("dy", string(dy), `{"a":[1,null,"x"],"b":{"c":1.5}}`), want("ndy", len(v.(*value.Dynamic).Value), 0),
	)
}

func kustoParameters(ctx context.Context, c *azkustodata.Client) error {
	at := time.Date(2026, 11, 20, 1, 2, 3, 123456700, time.UTC)
	p := kql.NewParameters().AddLong("l", math.MaxInt64).AddString("s", "it's \"x\"\n\\ ') | take 0 //").AddDateTime("t", at).AddTimespan("sp", 90*time.Minute).AddBool("b", true).
		AddReal("r", 1.5).AddGUID("g", uuid.MustParse("74be27de-1e4e-49d9-b579-fe0b331d3642")).AddDecimal("d", decimal.RequireFromString("1.25")).AddInt("i", -3).
		AddDynamic("dy", map[string]any{"a": []int{1, 2}})
	res, err := c.Query(ctx, db, text("print l, s, t, sp, b, r, g, d, i, dy"), azkustodata.QueryParameters(p))
	if err != nil {
		return err
	}
	row := res.Tables()[0].Rows()[0]
	got := make([]string, 0, 10)
	for _, v := range row.Values() {
		got = append(got, v.String())
	}
	return want("values", strings.Join(got, "|"), "9223372036854775807|it's \"x\"\n\\ ') | take 0 //|2026-11-20T01:02:03.1234567Z|1h30m0s|true|1.5|74be27de-1e4e-49d9-b579-fe0b331d3642|1.25|-3|{\"a\":[1,2]}")
}
