import { Client } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
const { SERVER: command, CALLS, MCP_ERA } = process.env;
const versionNegotiation = { mode: MCP_ERA === "modern" ? { pin: "2026-07-28" } : "legacy" };
const printed = [];
for (const [server, calls] of JSON.parse(CALLS)) {
  const transport = new StdioClientTransport({ command, args: [server], env: process.env });
  const client = new Client({ name: "test", version: "1.0.0" }, { versionNegotiation });
  await client.connect(transport);
  const { tools } = await client.listTools();
  const results = [];
  for (const [name, args] of calls) {
    const { isError = false, content, structuredContent } = await client.callTool({ name, arguments: args });
    results.push({ isError, text: content[0].text, structured: structuredContent });
  }
  printed.push({ tools: tools.map((tool) => tool.name), results });
  await client.close();
}
console.log(JSON.stringify(printed));
