import asyncio, json, os
import anyio, httpx2
from mcp import Client
from mcp.client.streamable_http import streamable_http_client

def wait(milliseconds):
    """The arguments of a call that waits for new lines of a log."""
    return {"uuid": os.environ["APP"], "follow": True, "timeout_ms": milliseconds}

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
            with anyio.CancelScope() as scope:
                async def cancel(done, total, message):
                    scope.cancel()
                await client.call_tool("apps_logs", wait(600_000), progress_callback=cancel)
            progress = []
            async def note(done, total, message):
                progress.append(message)
            waited = await client.call_tool("apps_logs", wait(2_000), progress_callback=note)
            print(json.dumps({"tools": len(tools), "slug": answer.structured_content["slug"], "failure": failure,
                              "cancelled": scope.cancelled_caught, "progress": progress,
                              "source": waited.structured_content["source"]}))

asyncio.run(main())
