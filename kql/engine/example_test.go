package engine_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sleuth-sec/sleuth/diag"
	"github.com/sleuth-sec/sleuth/kql/builtin"
	"github.com/sleuth-sec/sleuth/kql/engine"
	"github.com/sleuth-sec/sleuth/kql/types"
)

// logins is a table of Go rows.
func logins() *engine.Tables {
	at := func(hour int) types.Value {
		return types.NewDateTime(types.TicksOf(time.Date(2026, 11, 1, hour, 0, 0, 0, time.UTC)))
	}
	tables := &engine.Tables{}
	err := tables.Add("Logins", types.Schema{
		{Name: "TimeGenerated", Type: types.DateTime}, {Name: "User", Type: types.String}, {Name: "Result", Type: types.Long},
	}, []types.Row{
		{at(8), types.NewString("karita"), types.NewLong(0)},
		{at(9), types.NewString("karita"), types.NewLong(50126)},
		{at(9), types.NewString("omar"), types.NewLong(0)},
	})
	if err != nil {
		panic(err) // the rows are those above
	}
	return tables
}

// Ask Go rows in KQL.
func ExampleEngine_Query() {
	tables := logins()
	eng := engine.New(engine.Config{Catalog: tables, Library: builtin.Standard()})
	res, err := eng.Query(context.Background(), `Logins | summarize Failures = countif(Result != 0) by User | sort by User asc`, engine.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, row := range res.Rows() {
		fmt.Println(row[0].Text(), row[1].Text())
	}
	// Output:
	// karita 1
	// omar 0
}

// Every fault of a query is found at once, each with its place and a fix.
func ExampleEngine_Query_errors() {
	tables := logins()
	eng := engine.New(engine.Config{Catalog: tables, Library: builtin.Standard()})
	_, err := eng.Query(context.Background(), "Logins\n| where user == 'karita'\n| extend n = strlenn(User)", engine.Options{})
	var list *diag.List
	if errors.As(err, &list) {
		for _, d := range list.Items {
			fmt.Println(d)
		}
	}
	// Output:
	// 2:9: KQL1203: there is no column named "user"; did you mean User?
	// 3:14: KQL1205: there is no function named "strlenn"; did you mean strlen?
}

// A parameter goes in beside the text and never into it.
func ExampleEngine_Query_parameters() {
	tables := logins()
	eng := engine.New(engine.Config{Catalog: tables, Library: builtin.Standard()})
	res, err := eng.Query(context.Background(), "declare query_parameters (user: string); Logins | where User == user | count",
		engine.Options{Params: map[string]types.Value{"user": types.NewString("karita")}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(res.Rows()[0][0].Text())
	// Output: 2
}

// Explain shows what a query means and where it would run.
func ExampleEngine_Explain() {
	tables := logins()
	eng := engine.New(engine.Config{Catalog: tables, Library: builtin.Standard()})
	x, err := eng.Explain(context.Background(), "Logins | where Result != 0 | count", engine.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(x.Tree)
	fmt.Println(len(x.SQL), "SQL statements")
	// Output:
	// Logins
	// | where Result != 0
	// | count
	// 0 SQL statements
}
