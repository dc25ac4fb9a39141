import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
const { SERVER: command, NAME } = process.env;
const transport = new StdioClientTransport({ command, args: [NAME], env: process.env });
const client = new Client({ name: "test", version: "1.0.0" });
await client.connect(transport);
const { tools } = await client.listTools();
const results = [];
for (const [name, args] of JSON.parse(process.env.CALLS)) {
  const { isError = false, content, structuredContent } = await client.callTool({ name, arguments: args });
  results.push({ isError, text: content[0].text, structured: structuredContent });
}
console.log(JSON.stringify({ tools: tools.map((tool) => tool.name), results }));
await client.close();
