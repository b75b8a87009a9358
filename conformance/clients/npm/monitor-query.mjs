import { LogsQueryClient } from "@azure/monitor-query";
import { env } from "./harness.mjs";
import { run } from "./logs.mjs";

// It adds /v1 to the endpoint itself.
await run(LogsQueryClient, env.url, { failedInBatch: "Failure", aborts: true });
