import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
const headers = process.env.VIBN_API_KEY ? { Authorization: `Bearer ${process.env.VIBN_API_KEY}` } : {};
const transport = new StreamableHTTPClientTransport(new URL(process.env.VIBN_MCP_URL), { requestInit: { headers } });
const client = new Client({ name: "test", version: "1.0.0" });
await client.connect(transport);
const { tools } = await client.listTools();
const answer = await client.callTool({ name: "workspace_describe", arguments: {} });
const failed = await client.callTool({ name: "apps_get", arguments: { uuid: "none-such" } });
const failure = failed.isError ? JSON.parse(failed.content[0].text) : undefined;
// Waits for new lines of a log, for this many milliseconds.
const wait = (timeout_ms, options) => {
  const call = { name: "apps_logs", arguments: { uuid: process.env.APP, follow: true, timeout_ms } };
  return client.callTool(call, undefined, options);
};
const abort = new AbortController();
const cancels = { signal: abort.signal, onprogress: () => abort.abort() };
const cancelled = await wait(600_000, cancels).then(() => false, () => abort.signal.aborted);
const progress = [];
const waited = await wait(2_000, { onprogress: ({ message }) => progress.push(message) });
const source = waited.structuredContent?.source;
const slug = answer.structuredContent?.slug;
console.log(JSON.stringify({ tools: tools.length, slug, failure, cancelled, progress, source }));
await client.close();
