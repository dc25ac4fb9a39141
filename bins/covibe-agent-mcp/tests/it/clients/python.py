import asyncio, json, os
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

async def main():
    server = StdioServerParameters(command=os.environ["SERVER"], args=[os.environ["NAME"]], env=dict(os.environ))
    mode = "2026-07-28" if os.environ["MCP_ERA"] == "modern" else "legacy"
    async with Client(stdio_client(server), mode=mode) as client:
        tools = [tool.name for tool in (await client.list_tools()).tools]
        results = []
        for name, arguments in json.loads(os.environ["CALLS"]):
            result = await client.call_tool(name, arguments)
            results.append({"isError": bool(result.is_error), "text": result.content[0].text,
                            "structured": result.structured_content})
        print(json.dumps({"tools": tools, "results": results}))

asyncio.run(main())
