// Tells what the published KQL parser and binder say of queries.
//
//   node oracle.mjs MODULES SCHEMAS < queries.jsonl > answers.jsonl
//
// MODULES is the folder whose node_modules holds @kusto/language-service-next; SCHEMAS is a JSON file of tables,
// [{"name", "columns": [{"name", "type"}]}]. A query is {"id", "text"}; its answer is {"id", "parsed", "bound", "open",
// "columns": [{"name", "type"}], "errors": [{"code", "message", "at"}]}: whether it has no error of syntax, none at
// all, and the columns of its result in order. open: the binder leaves columns to the data.
import { createRequire } from 'node:module';
import { readFileSync, writeSync } from 'node:fs';
import path from 'node:path';

const [modules, schemas] = process.argv.slice(2);
const require = createRequire(path.resolve(modules, 'package.json'));

function load() {
  const log = console.log;
  console.log = () => {};
  try {
    require('@kusto/language-service-next/bridge.min.js');
    require('@kusto/language-service-next/Kusto.Language.Bridge.min.js');
  } finally {
    console.log = log;
  }
}

load();
const K = globalThis.Kusto.Language;
const S = K.Symbols;

function globals() {
  const tables = JSON.parse(readFileSync(schemas, 'utf8')).map(
    (t) =>
      new S.TableSymbol.$ctor4(
        t.name,
        t.columns.map((c) => new S.ColumnSymbol(c.name, S.ScalarTypes.GetSymbol(c.type))),
      ),
  );
  const db = new S.DatabaseSymbol.$ctor1('workspace', tables, false);
  return K.GlobalState.Default.WithDatabase(db);
}

function each(list, f) {
  for (let i = 0; i < list.Count; i++) f(list.getItem(i));
}

function answer(state, q) {
  const code = K.KustoCode.ParseAndAnalyze(q.text, state);
  const out = { id: q.id, parsed: true, bound: true, open: false, columns: [], errors: [] };
  each(code.GetSyntaxDiagnostics(), (d) => {
    if (d.Severity === 'Error') out.parsed = false;
  });
  each(code.GetDiagnostics(), (d) => {
    if (d.Severity !== 'Error') return;
    out.bound = false;
    out.errors.push({ code: d.Code, message: d.Message, at: d.Start });
  });
  const t = code.ResultType;
  if (t && t.Columns) {
    out.open = !!t.IsOpen;
    each(t.Columns, (c) => out.columns.push({ name: c.Name, type: c.Type.Name }));
  } else if (t) {
    out.columns = null;
  }
  return out;
}

const state = globals();
for (const line of readFileSync(0, 'utf8').split('\n')) {
  if (line === '') continue;
  const q = JSON.parse(line);
  let a;
  try {
    a = answer(state, q);
  } catch (e) {
    a = { id: q.id, failed: String(e) };
  }
  writeSync(1, JSON.stringify(a) + '\n');
}
