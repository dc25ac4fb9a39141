import asyncio, json, os
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

async def main():
    server = StdioServerParameters(command=os.environ["SERVER"], args=["workspace"], env=dict(os.environ))
    mode = "2026-07-28" if os.environ["MCP_ERA"] == "modern" else "legacy"
    async with Client(stdio_client(server), mode=mode) as client:
        tools = (await client.list_tools()).tools
        answer = await client.call_tool("list_directory", {})
        failed = await client.call_tool("list_directory", {"path": "none-such"})
        failure = json.loads(failed.content[0].text) if failed.is_error else None
        print(json.dumps({"tools": len(tools), "answer": answer.structured_content, "failure": failure,
                          "structured": failed.structured_content}))

asyncio.run(main())
