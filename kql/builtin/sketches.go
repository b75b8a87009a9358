package builtin

// sketches are the functions on what hll and tdigest make.
func sketches() []*Function {
	return []*Function{
		scalar("The distinct count that an hll holds.", "dcount_hll(hll: dynamic): long"),
		scalar("Several hlls as one.", "hll_merge(hll...: dynamic): dynamic"),
		scalar("Whether a value is an hll.", "hll_isvalid(hll: dynamic): bool"),
		scalar("Several t-digests as one.", "tdigest_merge(tdigest...: dynamic): dynamic").also("merge_tdigest", "merge_tdigests").on("merge-tdigest-function"),
		scalar("Whether a value is a t-digest.", "tdigest_isvalid(tdigest: dynamic): bool"),
		scalar("A percentile of a t-digest.", "percentile_tdigest(tdigest: dynamic, percentile: number): dynamic", "percentile_tdigest(tdigest: dynamic, percentile: number, type: type): dynamic"),
		scalar("Several percentiles of a t-digest, as an array.",
			"percentiles_array_tdigest(tdigest: dynamic, percentile...: number): dynamic", "percentiles_array_tdigest(tdigest: dynamic, percentiles: dynamic): dynamic").
			also("percentile_array_tdigest").on("percentile-array-tdigest-function"),
		scalar("The share of a t-digest's values that are not above a value.", "percentrank_tdigest(tdigest: dynamic, value: any): real"),
		scalar("The rank of a value in a t-digest.", "rank_tdigest(tdigest: dynamic, value: any): real"),
	}
}

// environment are the functions that tell about the query, the rows' origin and who asks.
func environment() []*Function {
	return []*Function{
		scalar("When the row was imported.", "ingestion_time(): datetime"),
		scalar("The first value of a table's first row.", "toscalar(table: any): same"),
		scalar("Keeps a table's rows for the query.", "materialize(table: any): same"),
		scalar("A new random guid.", "new_guid(): guid").impure(),
		scalar("The estimated size of the arguments in bytes.", "estimate_data_size(column...: any): long").seesNulls(),
		scalar("The name of the cluster.", "current_cluster_endpoint(): string"),
		scalar("The name of the database.", "current_database(): string"),
		scalar("Who asks, as a fully qualified name.", "current_principal(): string"),
		scalar("Who asks, as a bag.", "current_principal_details(): dynamic"),
		scalar("Whether who asks belongs to a group.", "current_principal_is_member_of(group...: any): bool").on("current-principal-is-member-of-function"),
		scalar("The name of the node.", "current_node_id(): string").on("current-cluster-endpoint-function"),
		scalar("The extent that the row lies in.", "extent_id(): guid").also("extentid"),
		scalar("The tags of the extent that the row lies in.", "extent_tags(): dynamic"),
		scalar("The cursor of the database.", "cursor_current(): string").on("cursor-current").also("current_cursor"),
		scalar("Whether the row came after a cursor.", "cursor_after(cursor!: string): bool"),
		scalar("Whether the row came before a cursor or at it.", "cursor_before_or_at(cursor!: string): bool"),
	}
}
