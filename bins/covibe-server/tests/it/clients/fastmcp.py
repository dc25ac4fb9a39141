import asyncio, json, os
from fastmcp import Client
from fastmcp.client.transports import StreamableHttpTransport

def wait(milliseconds):
    """The arguments of a call that waits for new lines of a log."""
    return {"uuid": os.environ["APP"], "follow": True, "timeout_ms": milliseconds}

async def main():
    key = os.environ.get("VIBN_API_KEY")
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    transport = StreamableHttpTransport(os.environ["VIBN_MCP_URL"], headers=headers)
    async with Client(transport) as client:
        tools = await client.list_tools()
        answer = await client.call_tool("workspace_describe", {})
        failed = await client.call_tool("apps_get", {"uuid": "none-such"}, raise_on_error=False)
        failure = json.loads(failed.content[0].text) if failed.is_error else None
        # FastMCP cancels a call by the id of its request, which only the session knows.
        request, begun = client.session._request_id, asyncio.Event()
        async def begin(done, total, message):
            begun.set()
        call = client.call_tool("apps_logs", wait(600_000), progress_handler=begin, raise_on_error=False)
        call = asyncio.create_task(call)
        await begun.wait()
        await client.cancel(request)
        stopped = await call
        progress = []
        async def note(done, total, message):
            progress.append(message)
        waited = await client.call_tool("apps_logs", wait(2_000), progress_handler=note)
        print(json.dumps({"tools": len(tools), "slug": answer.structured_content["slug"], "failure": failure,
                          "cancelled": stopped.is_error and "cancelled the call" in stopped.content[0].text,
                          "progress": progress, "source": waited.structured_content["source"]}))

asyncio.run(main())
