import asyncio, json, os
import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

async def main():
    key = os.environ.get("VIBN_API_KEY")
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    async with httpx2.AsyncClient(headers=headers) as http:
        mode = "2026-07-28" if os.environ["MCP_ERA"] == "modern" else "legacy"
        transport = streamable_http_client(os.environ["VIBN_MCP_URL"], http_client=http)
        async with Client(transport, mode=mode) as client:
            tools = (await client.list_tools()).tools
            answer = await client.call_tool("workspace_describe", {})
            failed = await client.call_tool("apps_get", {"uuid": "none-such"})
            failure = json.loads(failed.content[0].text) if failed.is_error else None
            print(json.dumps({"tools": len(tools), "slug": answer.structured_content["slug"], "failure": failure}))

asyncio.run(main())
