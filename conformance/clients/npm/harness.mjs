// One check is one call of a client, or a few that belong together. Each prints a line of JSON, which the Go test reads.
import { isDeepStrictEqual } from "node:util";

export async function check(name, run) {
  try {
    await run();
    console.log(JSON.stringify({ name, ok: true }));
  } catch (e) {
    console.log(JSON.stringify({ name, ok: false, detail: String(e?.stack ?? e).slice(0, 1500) }));
  }
}

export function equal(got, want, what = "value") {
  if (!isDeepStrictEqual(got, want)) {
    throw new Error(`${what}: got ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);
  }
}

export function holds(condition, what) {
  if (!condition) throw new Error(what);
}

// rejects is the error that a promise ends with.
export async function rejects(promise, what) {
  try {
    await promise;
  } catch (e) {
    return e;
  }
  throw new Error(`${what}: no error`);
}

export const env = {
  url: process.env.SLEUTH_URL,
  open: process.env.SLEUTH_OPEN_URL, // a server that answers Kusto without a token, plain HTTP
  token: process.env.SLEUTH_TOKEN,
  program: process.env.SLEUTH_PROGRAM, // and its data directory, for what is spoken over standard input and output
  data: process.env.SLEUTH_DATA,
  maxRows: Number(process.env.SLEUTH_MAX_ROWS),
  maxQueries: Number(process.env.SLEUTH_MAX_QUERIES),
};

// everyType is a row with a value of every type, and a null of every type that has one.
export const everyType = `print b=true, i=int(-5), l=9007199254740991, r=1.5, nan=real(nan), inf=real(+inf), neg=real(-inf),
  d=decimal(1.23456789012345678901), s='Ærø "quoted" <日本語>\\n𝔘', t=datetime(2026-11-20T01:02:03.1234567Z), sp=time(1.02:03:04.567),
  g=guid(74be27de-1e4e-49d9-b579-fe0b331d3642), dy=dynamic({"a":[1,null,"x"],"b":{"c":1.5}}), nb=bool(null), ni=int(null), nl=long(null),
  nr=real(null), nd=decimal(null), nt=datetime(null), nsp=timespan(null), ng=guid(null), ndy=dynamic(null), e=''`;

// slow is a query that runs until it is cancelled, as far as a test is concerned.
export const slow = "range a from 1 to 200000 step 1 | extend k = 1 | join kind=inner (range b from 1 to 200000 step 1 | extend k = 1) on k | summarize sum(a * b)";
