import asyncio, json, os
from mcp import Client, StdioServerParameters
from mcp.client.stdio import stdio_client

async def call(server, calls):
    parameters = StdioServerParameters(command=os.environ["SERVER"], args=[server], env=dict(os.environ))
    mode = "2026-07-28" if os.environ["MCP_ERA"] == "modern" else "legacy"
    async with Client(stdio_client(parameters), mode=mode) as client:
        tools = [tool.name for tool in (await client.list_tools()).tools]
        results = []
        for name, arguments in calls:
            result = await client.call_tool(name, arguments)
            results.append({"isError": bool(result.is_error), "text": result.content[0].text,
                            "structured": result.structured_content})
        return {"tools": tools, "results": results}

async def main():
    print(json.dumps([await call(server, calls) for server, calls in json.loads(os.environ["CALLS"])]))

asyncio.run(main())
