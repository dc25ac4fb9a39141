import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
const headers = process.env.VIBN_API_KEY ? { Authorization: `Bearer ${process.env.VIBN_API_KEY}` } : {};
const transport = new StreamableHTTPClientTransport(new URL(process.env.VIBN_MCP_URL), { requestInit: { headers } });
const client = new Client({ name: "test", version: "1.0.0" });
await client.connect(transport);
const { tools } = await client.listTools();
const answer = await client.callTool({ name: "workspace_describe", arguments: {} });
console.log(JSON.stringify({ tools: tools.length, slug: answer.structuredContent?.slug }));
await client.close();
