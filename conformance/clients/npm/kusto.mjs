// azure-kusto-data
import { Client, ClientRequestProperties, KustoConnectionStringBuilder } from "azure-kusto-data";
import { check, env, equal, everyType, holds, rejects, slow } from "./harness.mjs";

const client = () => new Client(KustoConnectionStringBuilder.withAccessToken(env.url, env.token));
const c = client();
const db = "Workspace";

await check("query: a value of every type", async () => {
  const res = await c.execute(db, everyType);
  const row = res.primaryResults[0].rows().next().value;
  equal(row.b, true);
  equal(row.i, -5);
  equal(row.l, Number.MAX_SAFE_INTEGER);
  equal(row.r, 1.5);
  equal([row.nan, row.inf, row.neg], ["NaN", "Infinity", "-Infinity"]);
  equal(row.d, "1.23456789012345678901");
  equal(row.s, 'Ærø "quoted" <日本語>\n𝔘');
  equal(row.t.toISOString(), "2026-11-20T01:02:03.123Z");
  equal(row.raw[9], "2026-11-20T01:02:03.1234567Z");
  equal(row.sp, 93784567);
  equal(row.g, "74be27de-1e4e-49d9-b579-fe0b331d3642");
  equal(row.dy, { a: [1, null, "x"], b: { c: 1.5 } });
  for (const n of ["nb", "ni", "nl", "nr", "nd", "nt", "nsp", "ng", "ndy"]) equal(row[n], null, n);
  equal(row.e, "");
  equal(res.primaryResults[0].columns.map((x) => x.type).join(), "bool,int,long,real,real,real,real,decimal,string,datetime,timespan,guid,dynamic,bool,int,long,real,decimal,datetime,timespan,guid,dynamic,string");
});

await check("query: a long beyond 2^53 is a number", async () => {
  const p = new ClientRequestProperties();
  p.raw = true;
  const frames = await c.execute(db, "print l=9007199254740993", p);
  const primary = frames.find((f) => f.TableKind === "PrimaryResult");
  equal(primary.Rows[0][0], Number("9007199254740993")); // as near as a JavaScript number comes
});

await check("query: a table of the workspace", async () => {
  const res = await c.execute(db, "SigninLogs | summarize n = count() by AppDisplayName | order by n desc");
  const rows = [...res.primaryResults[0].rows()];
  holds(rows.length > 1 && rows[0].n > 0, `rows: ${rows}`);
});

await check("query: parameters", async () => {
  const p = new ClientRequestProperties();
  p.setParameter("n", "5");
  p.setParameter("s", "') | take 0 //");
  p.setParameter("t", "datetime(2026-11-20)");
  const res = await c.execute(db, "declare query_parameters(n:long, s:string, t:datetime, d:int = 7); print n, s, t, d", p);
  const row = res.primaryResults[0].rows().next().value;
  equal([row.raw[0], row.raw[1], row.raw[2], row.raw[3]], [5, "') | take 0 //", "2026-11-20T00:00:00Z", 7]);
});

await check("query: several results", async () => {
  const res = await c.execute(db, "print a=1; print b=2");
  equal(res.primaryResults.length, 2);
});

await check("query: render", async () => {
  const res = await c.execute(db, "SigninLogs | summarize count() by bin(TimeGenerated, 1d) | render timechart with (title='Sign-ins', ytitle='n')");
  const props = res.tables.find((t) => t.kind === "QueryProperties");
  const v = JSON.parse(props.rows().next().value.Value);
  equal([v.Visualization, v.Title, v.YTitle], ["timechart", "Sign-ins", "n"]);
});

await check("query: 200,000 rows", async () => {
  const res = await c.execute(db, "range n from 1 to 200000 step 1 | extend s = strcat('row ', n)");
  const t = res.primaryResults[0];
  equal([t._rows.length, t._rows[199999]], [200000, [200000, "row 200000"]]);
});

await check("query: truncation is an error that says so", async () => {
  const p = new ClientRequestProperties();
  p.setOption("truncationmaxrecords", 10);
  const e = await rejects(c.execute(db, "range n from 1 to 100 step 1", p), "a result over the limit");
  holds(e.message.includes("exceed the set limit of 10 records"), e.message);
});

await check("query: notruncation lifts the limit", async () => {
  const p = new ClientRequestProperties({ truncationmaxrecords: 10, notruncation: true });
  equal((await c.execute(db, "range n from 1 to 100 step 1", p)).primaryResults[0]._rows.length, 100);
});

await check("query: servertimeout", async () => {
  const p = new ClientRequestProperties();
  p.setTimeout(1000);
  const e = await rejects(c.execute(db, slow, p), "a slow query");
  equal(e.response.status, 504);
});

await check("query: a syntax error has line and position", async () => {
  const e = await rejects(c.execute(db, "SigninLogs\n| wher x > 1"), "nonsense");
  equal(e.response.status, 400);
  const err = e.response.data.error;
  holds(err["@message"].includes("[line:position=2:2]") && err["@permanent"] === true, JSON.stringify(err));
});

await check("query: a semantic error names the column", async () => {
  const e = await rejects(c.execute(db, "SigninLogs | where UserPrincipalNam == ''"), "an unknown column");
  holds(e.response.status === 400 && e.response.data.error["@message"].includes("UserPrincipalNam"), JSON.stringify(e.response.data));
});

await check("query: version 1", async () => {
  const res = await c.executeQueryV1(db, "print a=1, d=dynamic({'x':1})");
  const row = res.primaryResults[0].rows().next().value;
  equal([row.a, row.d], [1, '{"x":1}']);
});

await check("query: version 1 of several results", async () => {
  equal((await c.executeQueryV1(db, "print a=1; print b=2")).primaryResults.length, 2);
});

for (const [command, column, want] of [
  [".show tables", "TableName", "SigninLogs"],
  [".show tables details | where TotalRowCount > 0", "TableName", "SigninLogs"],
  [".show table SigninLogs cslschema", "TableName", "SigninLogs"],
  [".show table SigninLogs schema as json", "TableName", "SigninLogs"],
  [".show databases", "DatabaseName", db],
  [".show databases entities with (showObfuscatedStrings=true) | where EntityType == 'Table' | project EntityName", "EntityName", "SigninLogs"],
  [".show functions", "Name", "EntraHistory"],
  [".show function EntraHistory", "Name", "EntraHistory"],
  [".show functions", "Name", "FailuresByUser"],
  [".show function FailuresByUser", "Parameters", "(days:int=7)"],
  [".show cluster", "Name", "Sleuth"],
  [".show version", "ServiceType", "Engine"],
  [".show principal access", "AccessType", "query"],
]) {
  await check(`command: ${command}`, async () => {
    const rows = [...(await c.execute(db, command)).primaryResults[0].rows()];
    holds(rows.some((r) => r[column] === want), `no ${want} in ${rows.length} rows`);
  });
}

await check("command: .show database schema as json", async () => {
  const row = (await c.execute(db, ".show database schema as json")).primaryResults[0].rows().next().value;
  const columns = JSON.parse(row.DatabaseSchema).Databases[db].Tables.SigninLogs.OrderedColumns;
  holds(columns.some((x) => x.Name === "TimeGenerated" && x.CslType === "datetime"), JSON.stringify(columns.slice(0, 3)));
});

await check("query: a saved function", async () => {
  const columns = (await c.execute(db, "FailuresByUser(3) | take 1")).primaryResults[0].columns.map((x) => x.name);
  equal(columns, ["UserPrincipalName", "Failures"]);
});

await check("command: one that changes something is refused", async () => {
  const e = await rejects(c.execute(db, ".drop table SigninLogs"), "a drop");
  holds(e.response.status === 400 && e.response.data.error["@message"].includes("only read"), JSON.stringify(e.response?.data));
});

await check("who: a wrong token is refused", async () => {
  const e = await rejects(new Client(KustoConnectionStringBuilder.withAccessToken(env.url, "0".repeat(48))).execute(db, "print 1"), "a wrong token");
  equal(e.response.status, 401);
});

await check("who: no token is refused", async () => {
  const e = await rejects(new Client(new KustoConnectionStringBuilder(env.url)).execute(db, "print 1"), "no token");
  equal(e.response.status, 401);
});

await check("who: without a token over plain HTTP where that is set", async () => {
  const open = new Client(`Data Source=${env.open};Initial Catalog=Db`);
  equal((await open.execute(null, "print a=1")).primaryResults[0].rows().next().value.a, 1);
});

await check("limits: one query more than run at once is throttled, and closing a client ends its queries", async () => {
  const busy = client();
  // A slow one that comes while the question below has the last place is throttled itself: it tries again.
  let closed = false;
  const hold = async () => {
    for (;;) {
      const e = await rejects(busy.execute(db, slow), "a closed client");
      if (closed || e.name !== "ThrottlingError") return;
    }
  };
  const running = Array.from({ length: env.maxQueries }, hold);
  let error;
  const until = Date.now() + 60_000;
  while (error === undefined && Date.now() < until) {
    try {
      await c.execute(db, "print 1");
    } catch (e) {
      error = e;
    }
  }
  closed = true;
  busy.close();
  await Promise.all(running);
  equal(error?.name, "ThrottlingError");
  for (;;) {
    try {
      await c.execute(db, "print 1");
      break;
    } catch (e) {
      if (e.name !== "ThrottlingError" || Date.now() > until) throw e;
    }
  }
});
