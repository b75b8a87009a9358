import { LogsQueryClient } from "@azure/monitor-query-logs";
import { env } from "./harness.mjs";
import { run } from "./logs.mjs";

// It takes the endpoint as it is. This version drops the abort signal of a call, and calls a failed request of a batch a
// partial failure.
await run(LogsQueryClient, `${env.url}/v1`, { failedInBatch: "PartialFailure", aborts: false });
