import asyncio, json, os
import httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

async def main():
    key = os.environ.get("VIBN_API_KEY")
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    async with httpx2.AsyncClient(headers=headers) as http:
        async with Client(streamable_http_client(os.environ["VIBN_MCP_URL"], http_client=http)) as client:
            tools = (await client.list_tools()).tools
            answer = await client.call_tool("workspace_describe", {})
            print(json.dumps({"tools": len(tools), "slug": answer.structured_content["slug"]}))

asyncio.run(main())
