//! A short trial of a server: this program starts itself as a client would, and prints a line for each step.

use std::process::{ExitCode, Stdio};
use std::time::Duration;

use covibe_agent_servers::server_kinds::Server;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

use crate::program_output;

/// The time for an answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// The time in which a server ends after its input.
const END: Duration = Duration::from_secs(2);

/// Tries a server. The exit code is 0 if each step passes, otherwise 1.
pub(crate) fn run(server: Server) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let outcome = match runtime {
        Ok(runtime) => runtime.block_on(Box::pin(steps(server))),
        Err(error) => Err(("start", format!("no thread can be used: {error}"))),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err((step, reason)) => {
            program_output::line(&format!("FAIL {} {step}: {reason}", server.name()));
            ExitCode::FAILURE
        }
    }
}

/// A failed step and its reason.
type Failed = (&'static str, String);

async fn steps(server: Server) -> Result<(), Failed> {
    let pass = |step: &str| program_output::line(&format!("PASS {} {step}", server.name()));
    let at = |step: &'static str| move |reason: String| (step, reason);
    let mut client = Client::start(server).map_err(at("start"))?;
    client.initialize().await.map_err(at("initialize"))?;
    pass("initialize");
    let tools = client.ask("tools/list", json!({})).await.map_err(at("tools/list"))?;
    let count = tools["tools"].as_array().map_or(0, Vec::len);
    if count == 0 {
        return Err(("tools/list", "there are no tools".to_owned()));
    }
    pass(&format!("tools/list ({count} tools)"));
    let (tool, arguments) = server.harmless_call();
    let call = json!({ "name": tool, "arguments": arguments });
    let result = client.ask("tools/call", call).await.map_err(at(tool))?;
    judge_result(server, &result).map_err(at(tool))?;
    pass(tool);
    client.close_and_wait().await.map_err(at("end"))?;
    pass("end");
    Ok(())
}

/// Judges the result of the call that changes nothing.
fn judge_result(server: Server, result: &Value) -> Result<(), String> {
    let content = &result["structuredContent"];
    if result["isError"] != true {
        return if content.is_object() {
            Ok(())
        } else {
            Err("the answer is not an object".to_owned())
        };
    }
    if content["code"].as_str().is_some_and(|code| server.expected_failure() == Some(code)) {
        return Ok(());
    }
    let text = |member: &str| content[member].as_str().unwrap_or_default().to_owned();
    Err(format!("{} {}", text("error"), text("hint")).trim_end().to_owned())
}

/// A client of a server of its own.
struct Client {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Lines<BufReader<ChildStdout>>,
    asked: u64,
}

impl Client {
    fn start(server: Server) -> Result<Self, String> {
        let program = std::env::current_exe().map_err(|error| error.to_string())?;
        let mut command = Command::new(program);
        command.arg(server.name()).stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().map_err(|error| error.to_string())?;
        let stdout = child.stdout.take().ok_or("it has no stdout")?;
        let stdin = child.stdin.take();
        Ok(Self { child, stdin, lines: BufReader::new(stdout).lines(), asked: 0 })
    }

    async fn initialize(&mut self) -> Result<(), String> {
        let client = json!({ "name": "smoke", "version": env!("CARGO_PKG_VERSION") });
        let params =
            json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client });
        self.ask("initialize", params).await?;
        self.write(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })).await
    }

    /// Sends a request, and returns its result.
    async fn ask(&mut self, method: &str, params: Value) -> Result<Value, String> {
        self.asked += 1;
        let id = self.asked;
        let request = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        // Its problems are on stderr already.
        let ended = || "the server ended before it answered".to_owned();
        self.write(&request).await.map_err(|_| ended())?;
        let answer = tokio::time::timeout(PATIENCE, self.answer(id)).await;
        let mut answer = answer
            .map_err(|_| format!("no answer in {} s", PATIENCE.as_secs()))?
            .ok_or_else(ended)?;
        match answer["error"]["message"].as_str() {
            Some(message) => Err(message.to_owned()),
            None => Ok(answer["result"].take()),
        }
    }

    async fn write(&mut self, message: &Value) -> Result<(), String> {
        let stdin = self.stdin.as_mut().ok_or("its input is closed")?;
        let line = format!("{message}\n");
        stdin.write_all(line.as_bytes()).await.map_err(|error| error.to_string())
    }

    /// Reads until the answer to a request comes; `None` if the server ends, or writes anything but messages.
    async fn answer(&mut self, id: u64) -> Option<Value> {
        loop {
            let line = self.lines.next_line().await.ok()??;
            let message: Value = serde_json::from_str(&line).ok()?;
            if message["id"] == id {
                return Some(message);
            }
        }
    }

    /// Closes the input, and waits for the end.
    async fn close_and_wait(&mut self) -> Result<(), String> {
        drop(self.stdin.take());
        let ended = tokio::time::timeout(END, self.child.wait()).await;
        let status =
            ended.map_err(|_| "the server keeps running after its input is closed".to_owned())?;
        let status = status.map_err(|error| error.to_string())?;
        if status.success() { Ok(()) } else { Err(format!("the server ended with {status}")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn smoke_accepts_successful_answers_and_reports_failures_with_their_hint() {
        judge_result(Server::Gitea, &json!({ "isError": false, "structuredContent": {} })).unwrap();
        let content = json!({ "error": "Gone.", "hint": "List first.", "code": "not_found" });
        let failed = json!({ "isError": true, "structuredContent": content });
        assert_eq!(judge_result(Server::Gitea, &failed).unwrap_err(), "Gone. List first.");
        judge_result(Server::Agent, &failed).unwrap();
        assert!(judge_result(Server::Gitea, &json!({ "content": [] })).is_err());
    }
}
