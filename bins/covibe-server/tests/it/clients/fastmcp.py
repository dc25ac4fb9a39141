import asyncio, json, os
from fastmcp import Client
from fastmcp.client.transports import StreamableHttpTransport

async def main():
    key = os.environ.get("VIBN_API_KEY")
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    transport = StreamableHttpTransport(os.environ["VIBN_MCP_URL"], headers=headers)
    async with Client(transport) as client:
        tools = await client.list_tools()
        answer = await client.call_tool("workspace_describe", {})
        failed = await client.call_tool("apps_get", {"uuid": "none-such"}, raise_on_error=False)
        failure = json.loads(failed.content[0].text) if failed.is_error else None
        print(json.dumps({"tools": len(tools), "slug": answer.structured_content["slug"], "failure": failure}))

asyncio.run(main())
