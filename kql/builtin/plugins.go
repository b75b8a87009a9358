package builtin

// plugins are what evaluate calls. The result types are the binder's, which knows the input's columns; the signatures
// are for documentation and completion.
func plugins() []*Function {
	plugin := func(doc string, signatures ...string) *Function {
		return declare(Plugin, doc, signatures...).seesNulls()
	}
	out := []*Function{
		plugin("Patterns that many rows share.", "autocluster(size_weight?: number, weight_column?: any, seeds?: integer, wildcard?...: any): dynamic"),
		plugin("Patterns that more than a share of the rows have.", "basket(threshold?: number, weight_column?: any, max_dimensions?: integer, wildcard?...: any): dynamic"),
		plugin("Patterns in which two sets of rows differ.",
			"diffpatterns(column: any, value_a: any, value_b: any, weight_column?: any, threshold?: number, max_dimensions?: integer, wildcard?...: any): dynamic"),
		plugin("A column for each property of a bag.", "bag_unpack(column: dynamic, prefix?: string, conflict?: string, ignored?: dynamic): dynamic").on("bag-unpack-plugin"),
		plugin("A column for each value of a column.", "pivot(column: any, aggregate?: any, kept?...: any): dynamic"),
		plugin("A row for each cell.", "narrow(): dynamic"),
		plugin("Rows of a table whose IPv4 range has an address.", "ipv4_lookup(table: any, address: any, range: any, key?...: any, return_unmatched?: bool): dynamic"),
		plugin("Rows of a table whose IPv6 range has an address.", "ipv6_lookup(table: any, address: any, range: any, return_unmatched?: bool): dynamic"),
		plugin("Rows of a table whose polygon has a point.", "geo_polygon_lookup(table: any, polygon: any, longitude: any, latitude: any, option?...: any): dynamic"),
		plugin("Rows of a table whose line is near a point.", "geo_line_lookup(table: any, line: any, longitude: any, latitude: any, radius: number, option?...: any): dynamic"),
		plugin("The rows around those for which a condition is true.", "rows_near(condition: bool, rows: integer, rows_after?: integer): dynamic"),
		plugin("Some of the rows, and how many there are.", "preview(rows: integer): dynamic"),
		plugin("Sizes of the intersections of hlls.", "dcount_intersect(hll...: dynamic): dynamic"),
		plugin("A percentile over a sliding window of bins.",
			"rolling_percentile(value: any, percentile: number, index: any, bin: any, bins_per_window: integer, dimension?...: any): dynamic"),
		plugin("The estimated number of rows.", "estimate_rows_count(): dynamic"),
	}
	return append(append(out, activity()...), refused()...)
}

// activity are the plugins on what users do over time.
func activity() []*Function {
	const span = "id: any, timeline: any, start: any, end: any, "
	plugin := func(doc string, signatures ...string) *Function {
		return declare(Plugin, doc, signatures...).seesNulls()
	}
	return []*Function{
		plugin("Sessions per bin of time.", "session_count("+span+"bin: any, look_back: any, dimension?...: any): dynamic"),
		plugin("Users who were active in enough periods.", "active_users_count("+span+"look_back: any, period: any, active_periods: any, bin: any, dimension?...: any): dynamic"),
		plugin("Users per window: all, distinct, new, and distinct so far.", "activity_counts_metrics("+span+"window: any, dimension?...: any): dynamic"),
		plugin("Counts and distinct counts in a sliding window.", "sliding_window_counts("+span+"look_back: any, bin: any, dimension?...: any): dynamic"),
		plugin("Users per window, and how many came back or stayed away.", "activity_metrics(id: any, timeline: any, option?...: any): dynamic"),
		plugin("Users of a shorter window by those of a longer.", "activity_engagement(id: any, timeline: any, option...: any): dynamic"),
		plugin("New users of each window, and how many of them stay.", "new_activity_metrics("+span+"window: any, option?...: any): dynamic"),
		plugin("What comes before and after a sequence of states.", "funnel_sequence("+span+"max_between: any, step: any, state: any, sequence: dynamic): dynamic"),
		plugin("How many go through a sequence of states within periods.", "funnel_sequence_completion("+span+"bin: any, state: any, sequence: dynamic, periods: dynamic): dynamic"),
		plugin("Sequences of rows that fulfil conditions one after the other.", "sequence_detect(timeline: any, max_step: any, max_span: any, expression...: any): dynamic"),
	}
}

// refused are the plugins that run code or reach outside of the workspace. They are declared so that their names are
// known; the binder refuses them.
func refused() []*Function {
	var out []*Function
	for _, p := range []struct{ name, does, page string }{
		{"python", "Runs Python.", ""}, {"r", "Runs R.", ""}, {"csharp", "Runs C#.", "plugin-operators"},
		{"sql_request", "Asks an SQL Server.", ""}, {"mysql_request", "Asks a MySQL server.", ""}, {"postgresql_request", "Asks a PostgreSQL server.", ""},
		{"cosmosdb_sql_request", "Asks a Cosmos DB.", "cosmosdb-plugin"}, {"azure_digital_twins_query_request", "Asks Azure Digital Twins.", "azure-digital-twins-query-request-plugin"},
		{"http_request", "Gets a URL.", ""}, {"http_request_post", "Posts to a URL.", ""}, {"dax_request", "Asks a DAX model.", "plugin-operators"},
		{"execute_query", "Runs a query elsewhere.", "plugin-operators"}, {"execute_show_command", "Runs a command elsewhere.", "plugin-operators"},
		{"external_datatable", "Reads a table elsewhere.", "plugin-operators"}, {"infer_storage_schema", "Reads the schema of files elsewhere.", ""},
		{"infer_storage_schema_with_suggestions", "Reads the schema of files elsewhere.", ""},
		{"schema_merge", "Merges the schemas of tables.", ""}, {"identity", "Tests plugins.", "plugin-operators"}, {"identity_v3", "Tests plugins.", "plugin-operators"},
		{"ai_embeddings", "Asks a language model for embeddings.", ""}, {"ai_embed_text", "Asks a language model for embeddings.", ""},
		{"ai_chat_completion", "Asks a language model.", ""}, {"ai_chat_completion_prompt", "Asks a language model.", ""},
	} {
		f := declare(Plugin, p.does, p.name+"(argument?...: any): dynamic").seesNulls()
		if p.page != "" {
			f.on(p.page)
		}
		out = append(out, f)
	}
	return out
}
