//! The clients of other vendors read the entries that setup wrote, and call through the bridge.

use std::process::{Command, Stdio};

use crate::developer_machine::{Laptop, Run, installation};

/// Returns whether a program of the installation is there. Says so if there is no installation.
#[expect(clippy::print_stderr, reason = "the output of a test run must say what was skipped")]
fn is_installed(program: &str) -> bool {
    let Some(folder) = installation() else {
        eprintln!("the test with {program} is skipped: cargo xtask test installs it");
        return false;
    };
    // An installation is complete, or else its tests would be skipped unseen.
    assert!(folder.join(program).exists(), "{program} is missing in the installation");
    true
}

/// Returns a shell that runs a script on the machine, for at most five minutes.
fn script(laptop: &Laptop, script: &str) -> Run {
    let mut command = laptop.program("timeout");
    command.args(["--signal=KILL", "300", "sh", "-c", script]).stdin(Stdio::null());
    Run::to_end(with_clients(&mut command))
}

fn with_clients(command: &mut Command) -> &mut Command {
    command.envs(installation().map(|folder| ("CLIENTS", folder)))
}

async fn set_up(folder: &str, agent: &str) -> Laptop {
    let mut laptop = Laptop::with_agents(&[folder]).await.with_clients();
    let run = laptop.set_up(&["--no-service", "--agents", agent]).await;
    assert_eq!(run.code, Some(0), "{run:#?}");
    laptop
}

#[tokio::test(flavor = "multi_thread")]
async fn claude_code_connects_with_the_entry_written_by_setup() {
    if !is_installed("node_modules/.bin/claude") {
        return;
    }
    let laptop = set_up(".claude", "claude-code").await;
    let run = script(&laptop, "claude mcp get covibe");
    assert!(run.stdout.contains("Connected"), "{run:#?}");
    assert!(run.stdout.contains("User config"), "{run:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn codex_reads_the_entry_written_by_setup() {
    if !is_installed("node_modules/.bin/codex") {
        return;
    }
    let laptop = set_up(".codex", "codex").await;
    let run = script(&laptop, "codex mcp get covibe --json");
    let entry: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    let transport = &entry["transport"];
    assert_eq!(transport["type"], "stdio", "{entry}");
    let program = laptop.file(".covibe/bin/covibe-mcp").display().to_string();
    assert_eq!(transport["command"], program, "{entry}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_inspector_lists_and_calls_through_the_bridge() {
    if !is_installed("node_modules/.bin/mcp-inspector") {
        return;
    }
    let laptop = set_up(".codex", "codex").await;
    let inspect = "mcp-inspector --cli \"$HOME/.covibe/bin/covibe-mcp\" --agent codex";
    let run = script(&laptop, &format!("{inspect} --method tools/list"));
    assert!(run.stdout.contains("apps_create"), "{run:#?}");
    let call = "--method tools/call --tool-name workspace_describe";
    let run = script(&laptop, &format!("{inspect} {call}"));
    assert!(run.stdout.contains("mark"), "{run:#?}");
}

/// Lists and calls through the bridge, by the library that MCP's authors publish for Python.
const PYTHON: &str = r#"
import asyncio, os
from mcp import ClientSession, StdioServerParameters
from mcp.client.stdio import stdio_client

async def main():
    program = os.path.expanduser("~/.covibe/bin/covibe-mcp")
    server = StdioServerParameters(command=program, args=["--agent", "codex"], env=dict(os.environ))
    async with stdio_client(server) as (read, write):
        async with ClientSession(read, write) as session:
            await session.initialize()
            tools = await session.list_tools()
            print(len(tools.tools), "tools")
            answer = await session.call_tool("workspace_describe", {})
            print(answer.content[0].text)

asyncio.run(main())
"#;

#[tokio::test(flavor = "multi_thread")]
async fn the_python_client_lists_and_calls_through_the_bridge() {
    if !is_installed("python/bin/python") {
        return;
    }
    let laptop = set_up(".codex", "codex").await;
    std::fs::write(laptop.file("client.py"), PYTHON).unwrap();
    let run = script(&laptop, "\"$CLIENTS/python/bin/python\" client.py");
    assert!(run.stdout.contains(" tools") && run.stdout.contains("mark"), "{run:#?}");
}
