import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
const { SERVER: command, CALLS } = process.env;
const printed = [];
for (const [server, calls] of JSON.parse(CALLS)) {
  const transport = new StdioClientTransport({ command, args: [server], env: process.env });
  const client = new Client({ name: "test", version: "1.0.0" });
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
