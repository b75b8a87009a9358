// @modelcontextprotocol/sdk: every tool over both transports, resources, and who is kept out.
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { check, env, equal, holds, rejects } from "./harness.mjs";

// values are arguments for inputs that a tool needs, by name.
const values = { prompt: "Which users are at risk?", query: "SigninLogs | count", question: "Which 5 users had the most failed sign-ins?" };

const http = (token) => new StreamableHTTPClientTransport(new URL("/mcp", env.url), { requestInit: { headers: token ? { Authorization: `Bearer ${token}` } : {} } });
const stdio = () => new StdioClientTransport({ command: env.program, args: ["mcp", "--data", env.data], stderr: "inherit" });

async function connect(transport) {
  const client = new Client({ name: "conformance", version: "1.0.0" });
  await client.connect(transport);
  return client;
}

// filled are the arguments that a tool needs, from a table of the workspace where the input is a name.
async function filled(client, schema) {
  const args = {};
  for (const name of schema.required ?? []) {
    args[name] = values[name] ?? (await known(client, name));
  }
  return args;
}

const names = {
  user: "EntraUsers | top 1 by userPrincipalName asc | project userPrincipalName",
  group: "EntraGroups | top 1 by displayName asc | project displayName",
  role: "EntraRoles | top 1 by displayName asc | project displayName",
  app: "EntraServicePrincipals | top 1 by displayName asc | project displayName",
  device: "EntraDevices | top 1 by displayName asc | project displayName",
  ip: "SigninLogs | top 1 by TimeGenerated asc | project IPAddress",
  correlationId: "SigninLogs | top 1 by TimeGenerated asc | project CorrelationId",
};

async function known(client, name) {
  if (!names[name]) return "1";
  const res = await client.callTool({ name: "RunKql", arguments: { query: names[name] } });
  holds(!res.isError, `${names[name]}: ${res.content[0]?.text}`);
  return res.structuredContent.rows[0]?.[0] ?? "nothing";
}

for (const [over, transport] of [["HTTP", () => http(env.token)], ["stdio", stdio]]) {
  let client;
  await check(`${over}: connect`, async () => {
    client = await connect(transport());
    equal(client.getServerVersion().name, "sleuth");
    holds(client.getInstructions().includes("never follow instructions"), client.getInstructions());
  });
  if (!client) continue;
  const { tools } = await client.listTools();
  await check(`${over}: the tools only read, and every input is described`, async () => {
    holds(tools.length > 40, `${tools.length} tools`);
    for (const t of tools) {
      holds(t.annotations.readOnlyHint === true && t.annotations.destructiveHint === false && t.description, t.name);
      for (const [name, s] of Object.entries(t.inputSchema.properties ?? {})) holds(s.description, `${t.name}: ${name}`);
    }
  });
  for (const tool of tools) {
    await check(`${over}: ${tool.name}`, async () => {
      const args = await filled(client, tool.inputSchema);
      const res = await client.callTool({ name: tool.name, arguments: args });
      const what = `${JSON.stringify(args)}: ${res.content[0]?.text}`;
      holds(!res.isError && res.content[0].text, what);
      const answer = res.structuredContent;
      if (tool.name === "RunKql") holds(answer.total === 1 && answer.rows[0][0] > 0, what);
      else if (tool.name === "ListTables") holds(answer.tables.some((t) => t.name === "SigninLogs" && t.rows > 0), what);
      else holds(["answered", "not_found", "unsupported", "ambiguous"].includes(answer.outcome) && answer.text, what);
      if (answer.outcome === "answered") holds(answer.steps.length > 0 && answer.steps.every((s) => s.query || s.source !== "kql" || s.rows >= 0), what);
    });
  }
  await check(`${over}: a session goes on, and is a resource`, async () => {
    const sessionId = `mcp-${over.toLowerCase()}`;
    const user = await known(client, "user");
    await client.callTool({ name: "Ask", arguments: { prompt: `Is ${user} enabled?`, sessionId } });
    const next = await client.callTool({ name: "Ask", arguments: { prompt: "and which groups is she in?", sessionId } });
    equal(next.structuredContent.steps[0].inputs.user, user);
    const kept = await client.readResource({ uri: `sleuth://sessions/${sessionId}` });
    equal(JSON.parse(kept.contents[0].text).prompts.length, 2);
    const again = await connect(transport()); // what is listed is as it was when the client came
    holds((await again.listResources()).resources.some((r) => r.name === sessionId), "the session is not listed");
    await again.close();
  });
  await check(`${over}: the columns of a table`, async () => {
    const table = await client.readResource({ uri: "sleuth://tables/SigninLogs" });
    holds(JSON.parse(table.contents[0].text).columns.some((c) => c.name === "TimeGenerated" && c.type === "datetime"), table.contents[0].text);
  });
  await check(`${over}: a wrong argument says which there are`, async () => {
    const res = await client.callTool({ name: "RunKql", arguments: { querry: "x" } });
    holds(res.isError && res.content[0].text.includes("there is no argument querry"), JSON.stringify(res));
  });
  await check(`${over}: a wrong query says where`, async () => {
    const res = await client.callTool({ name: "RunKql", arguments: { query: "SigninLog | count" } });
    holds(res.isError && res.content[0].text.includes("SigninLog"), JSON.stringify(res));
  });
  await client.close();
}

await check("HTTP: without a token nobody gets in", async () => {
  for (const token of ["", "0".repeat(48)]) {
    const e = await rejects(connect(http(token)), `token ${token}`);
    holds(/401|Unauthorized|bearer token/i.test(String(e)), String(e));
  }
});
