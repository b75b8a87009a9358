// @azure/monitor-query and @azure/monitor-query-logs: the same calls, with the differences of the two.
import { check, env, equal, everyType, holds, rejects, slow } from "./harness.mjs";

const credential = { getToken: async () => ({ token: env.token, expiresOnTimestamp: Date.now() + 3600_000 }) };
const wrong = { getToken: async () => ({ token: "0".repeat(48), expiresOnTimestamp: Date.now() + 3600_000 }) };
const ws = "b7e1f4a0-7c6b-4f7e-9d53-5d8f0f4f0a11";
const day = { startTime: new Date("2026-11-19T00:00:00Z"), endTime: new Date("2026-11-20T00:00:00Z") };
const noRetry = { retryOptions: { maxRetries: 0 } };

// failedInBatch is what the client calls a request of a batch that failed; aborts says that it hands an abort signal on.
export async function run(LogsQueryClient, endpoint, { failedInBatch, aborts }) {
  const c = new LogsQueryClient(credential, { endpoint, ...noRetry });
  const forever = { duration: "P3650D" };

  await check("query: a value of every type", async () => {
    const res = await c.queryWorkspace(ws, everyType, forever);
    equal(res.status, "Success");
    const [b, i, l, r, nan, inf, neg, d, s, t, sp, g, dy] = res.tables[0].rows[0];
    equal([b, i, l, r, nan, inf, neg], [true, -5, Number.MAX_SAFE_INTEGER, 1.5, "NaN", "Infinity", "-Infinity"]);
    equal([d, s, sp, g], ["1.23456789012345678901", 'Ærø "quoted" <日本語>\n𝔘', "1.02:03:04.5670000", "74be27de-1e4e-49d9-b579-fe0b331d3642"]);
    equal(t.toISOString(), "2026-11-20T01:02:03.123Z");
    equal(dy, { a: [1, null, "x"], b: { c: 1.5 } });
    const columns = res.tables[0].columnDescriptors;
    equal(columns.map((x) => x.type).slice(0, 13).join(), "bool,int,long,real,real,real,real,decimal,string,datetime,timespan,guid,dynamic");
    const plain = columns.findIndex((x) => x.name === "nl");
    equal(res.tables[0].rows[0][plain], null);
  });

  await check("query: the timespan narrows the workspace's tables", async () => {
    const one = (await c.queryWorkspace(ws, "SigninLogs | summarize n = count(), earliest = min(TimeGenerated), latest = max(TimeGenerated)", day)).tables[0].rows[0];
    const all = (await c.queryWorkspace(ws, "SigninLogs | count", forever)).tables[0].rows[0];
    holds(one[0] > 0 && one[0] < all[0], `${one[0]} of ${all[0]}`);
    holds(one[1] >= day.startTime && one[2] <= day.endTime, `${one[1]} to ${one[2]}`);
  });

  await check("query: start and duration, duration and end", async () => {
    const q = "SigninLogs | count";
    const a = (await c.queryWorkspace(ws, q, day)).tables[0].rows[0][0];
    const b = (await c.queryWorkspace(ws, q, { startTime: day.startTime, duration: "P1D" })).tables[0].rows[0][0];
    const d = (await c.queryWorkspace(ws, q, { duration: "PT24H", endTime: day.endTime })).tables[0].rows[0][0];
    equal([b, d], [a, a]);
  });

  await check("query: statistics and render", async () => {
    const res = await c.queryWorkspace(ws, "SigninLogs | summarize count() by AppDisplayName | render piechart with (title='Apps')", forever, {
      includeQueryStatistics: true, includeVisualization: true, serverTimeoutInSeconds: 60,
    });
    equal([res.visualization.visualization, res.visualization.title], ["piechart", "Apps"]);
    holds(res.statistics.query.executionTime >= 0, JSON.stringify(res.statistics));
  });

  await check("query: nothing is told that was not asked for", async () => {
    const res = await c.queryWorkspace(ws, "print 1 | render table", forever);
    equal([res.statistics, res.visualization], [undefined, undefined]);
  });

  await check("query: further workspaces", async () => {
    equal((await c.queryWorkspace(ws, "print 1", forever, { additionalWorkspaces: ["other"] })).status, "Success");
  });

  await check("query: a resource", async () => {
    const id = "/subscriptions/5b1e1b5e-0000-4000-8000-000000000001/resourceGroups/rg/providers/Microsoft.OperationalInsights/workspaces/w";
    const res = await c.queryResource(id, "SigninLogs | count", forever);
    holds(res.status === "Success" && res.tables[0].rows[0][0] > 0, JSON.stringify(res));
  });

  await check("query: a result over the limit is partial", async () => {
    const res = await c.queryWorkspace(ws, `range n from 1 to ${env.maxRows + 1} step 1`, forever);
    equal(res.status, "PartialFailure");
    equal(res.partialTables[0].rows.length, env.maxRows);
    holds(JSON.stringify(res.partialError).includes("PartialError"), JSON.stringify(res.partialError));
  });

  await check("query: a syntax error has code, line and position", async () => {
    const e = await rejects(c.queryWorkspace(ws, "completely invalid syntax", forever), "nonsense");
    equal(e.statusCode ?? Number(e.response?.status), 400);
    const text = JSON.stringify(e.details ?? e.response?.parsedBody) + e.message + (e.response?.bodyAsText ?? "");
    for (const part of ["BadArgumentError", "SyntaxError"]) holds(text.includes(part), text);
  });

  await check("query: a semantic error", async () => {
    const e = await rejects(c.queryWorkspace(ws, "SigninLogs | where UserPrincipalNam == ''", forever), "an unknown column");
    equal(e.code, "BadArgumentError");
  });

  await check("batch: each answer has its own outcome, in order", async () => {
    const res = await c.queryBatch([
      { workspaceId: ws, query: "print a = 1, d = dynamic({'x': 2})", timespan: forever },
      { workspaceId: ws, query: "nonsense(", timespan: forever },
      { workspaceId: ws, query: "print b = 3 | render table", timespan: forever, includeQueryStatistics: true, includeVisualization: true },
    ]);
    equal(res.map((r) => r.status), ["Success", failedInBatch, "Success"]);
    equal([res[0].tables[0].rows[0], res[2].tables[0].rows[0]], [[1, { x: 2 }], [3]]);
    holds(JSON.stringify(res[1]).includes("BadArgumentError") && res[2].statistics !== undefined, JSON.stringify(res));
  });

  await check("who: a wrong token is refused", async () => {
    const e = await rejects(new LogsQueryClient(wrong, { endpoint, ...noRetry }).queryWorkspace(ws, "print 1", forever), "a wrong token");
    equal(e.statusCode ?? Number(e.response?.status), 401);
  });

  if (aborts) await check("limits: an aborted query ends", async () => {
    const stop = new AbortController();
    const ended = rejects(c.queryWorkspace(ws, slow, forever, { abortSignal: stop.signal }), "an aborted query");
    setTimeout(() => stop.abort(), 300);
    equal((await ended).name, "AbortError");
    equal((await c.queryWorkspace(ws, "print 1", forever)).status, "Success");
  });

  await check("limits: the time that the client sets", async () => {
    const e = await rejects(c.queryWorkspace(ws, slow, forever, { serverTimeoutInSeconds: 1 }), "a slow query");
    equal(e.statusCode ?? Number(e.response?.status), 504);
  });
}
