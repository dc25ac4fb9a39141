//! The servers of sub-agents: their start, their memory, the size of their lists, and a search beside ripgrep. And the start
//! of a job of the runner.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout};

use super::percentiles::{number, percentile};
use super::{agent_runner, process_usage};
use crate::shell;

/// The number of starts.
const STARTS: usize = 30;

/// The number of searches.
const SEARCHES: usize = 7;

/// The number of files that are searched, in folders of a hundred.
const FILES: usize = 50_000;

/// The text that is searched for; one file of a thousand has it.
const NEEDLE: &str = "needle_in_a_haystack";

/// The servers, with variables that lead nowhere: a start asks no upstream.
const SERVERS: [(&str, &[(&str, &str)]); 5] = [
    ("coolify", &[("COOLIFY_API_URL", "http://127.0.0.1:9"), ("COOLIFY_API_TOKEN", "1|bench")]),
    (
        "gitea",
        &[
            ("GITEA_API_URL", "http://127.0.0.1:9"),
            ("GITEA_API_TOKEN", "bench"),
            ("GITEA_USERNAME", "bench"),
        ],
    ),
    ("workspace", &[]),
    ("platform", &[]),
    ("agent", &[]),
];

/// The measurements.
pub(super) struct Figures {
    start: Duration,
    resident: f64,
    /// Each server's name, tools, the bytes of its list that a model reads, and those of the whole list.
    lists: Vec<(&'static str, usize, [usize; 2])>,
    search: Duration,
    /// The duration of the same search by ripgrep, if it is installed.
    ripgrep: Option<Duration>,
    /// The time from the request for a job to the first act of its agent.
    job: Duration,
}

/// Measures the servers among the built programs.
pub(super) async fn take(built: &Path) -> Result<Figures> {
    let folder = tempfile::tempdir()?;
    let program = built.join("covibe-agent-mcp");
    let mut starts = Vec::new();
    for _ in 0..STARTS {
        let begun = Instant::now();
        let mut server = Server::start(&program, folder.path(), SERVERS[2])?;
        server.initialize().await?;
        starts.push(begun.elapsed());
    }
    starts.sort_unstable();
    let mut lists = Vec::new();
    for server in SERVERS {
        let mut running = Server::start(&program, folder.path(), server)?;
        running.initialize().await?;
        let list = running.call("tools/list", json!({})).await?;
        let tools = list["result"]["tools"].as_array().context("there is no list")?;
        let read = tools.iter().map(read_bytes).sum();
        lists.push((server.0, tools.len(), [read, list["result"]["tools"].to_string().len()]));
    }
    write_files(folder.path())?;
    let mut server = Server::start(&program, folder.path(), SERVERS[2])?;
    server.initialize().await?;
    let mut searches = Vec::new();
    let mut ripgreps = Vec::new();
    for _ in 0..SEARCHES {
        searches.push(server.search().await?);
        ripgreps.extend(ripgrep(folder.path())?);
    }
    searches.sort_unstable();
    ripgreps.sort_unstable();
    let process = server.child.id().context("the server ended")?;
    Ok(Figures {
        start: percentile(&starts, 500),
        resident: number(usize::try_from(process_usage::resident(process)?)?) / 1024.0,
        lists,
        search: percentile(&searches, 500),
        job: agent_runner::take(built).await?,
        ripgrep: (!ripgreps.is_empty()).then(|| percentile(&ripgreps, 500)),
    })
}

/// Prints the figures, with what each should be at most.
pub(super) fn report(figures: &Figures) {
    println!("\nThe servers of sub-agents");
    let line = |name: &str, value: String, goal: &str| println!("  {name:<34}{value:>28}  {goal}");
    let millis = |duration: Duration| format!("{:.1}", duration.as_secs_f64() * 1e3);
    line("start to the first answer, p50, ms", millis(figures.start), "≤ 20");
    line("memory after searches, in MB", format!("{:.1}", figures.resident), "≤ 15");
    let each = |bytes: usize, tools: usize| number(bytes) / number(tools);
    for (name, tools, [read, whole]) in &figures.lists {
        let value = format!("{tools} × {:.0}, {:.0}", each(*read, *tools), each(*whole, *tools));
        line(&format!("{name}: tools × bytes read, whole"), value, "");
    }
    let sum =
        |bytes: fn(&(&str, usize, [usize; 2])) -> usize| figures.lists.iter().map(bytes).sum();
    let (tools, read): (usize, usize) = (sum(|list| list.1), sum(|list| list.2[0]));
    line("all: tools × bytes read", format!("{tools} × {:.0}", each(read, tools)), "≤ 540");
    let ratio = figures.ripgrep.map(|ripgrep| figures.search.as_secs_f64() / ripgrep.as_secs_f64());
    let ratio = ratio.map_or_else(|| "rg is not installed".to_owned(), |it| format!("{it:.2}"));
    line("search_code beside rg", ratio, "≤ 1.50, of 50,000 files");
    line("request to an agent's first act, ms", millis(figures.job), "≤ 300");
}

/// Returns the bytes of a tool that a model reads. Its output schema and annotations are for programs.
fn read_bytes(tool: &Value) -> usize {
    let parts =
        ["name", "description", "inputSchema"].map(|name| (name.to_owned(), tool[name].clone()));
    Value::Object(parts.into_iter().collect()).to_string().len()
}

/// A server, as an MCP client has it.
struct Server {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Server {
    fn start(
        program: &Path,
        folder: &Path,
        (name, variables): (&str, &[(&str, &str)]),
    ) -> Result<Self> {
        let mut command = tokio::process::Command::new(program);
        command.arg(name).envs(variables.iter().copied()).env("WORKSPACE_ROOT", folder);
        command.env("COVIBE_AGENT_HOME", folder.join("home"));
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().context("the server did not start")?;
        let stdin = child.stdin.take().context("no stdin")?;
        let stdout = BufReader::new(child.stdout.take().context("no stdout")?);
        Ok(Self { child, stdin, stdout })
    }

    async fn initialize(&mut self) -> Result<()> {
        let client = json!({ "name": "bench", "version": "1" });
        let params =
            json!({ "protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": client });
        self.call("initialize", params).await?;
        self.send(&json!({ "jsonrpc": "2.0", "method": "notifications/initialized" })).await
    }

    async fn send(&mut self, message: &Value) -> Result<()> {
        self.stdin.write_all(format!("{message}\n").as_bytes()).await?;
        Ok(self.stdin.flush().await?)
    }

    async fn call(&mut self, method: &str, params: Value) -> Result<Value> {
        self.send(&json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }))
            .await?;
        let mut line = String::new();
        ensure!(self.stdout.read_line(&mut line).await? > 0, "the server ended");
        let answer: Value = serde_json::from_str(&line)?;
        ensure!(answer.get("error").is_none(), "{method}: {line}");
        Ok(answer)
    }

    /// Searches for the text; returns the duration.
    async fn search(&mut self) -> Result<Duration> {
        let begun = Instant::now();
        let params = json!({ "name": "search_code", "arguments": { "pattern": NEEDLE } });
        let answer = self.call("tools/call", params).await?;
        let took = begun.elapsed();
        ensure!(answer.to_string().contains(NEEDLE), "it found nothing: {answer}");
        Ok(took)
    }
}

/// Searches by ripgrep, with hidden files as the tool does; none without it.
fn ripgrep(folder: &Path) -> Result<Option<Duration>> {
    let Some(program) = shell::which("rg") else { return Ok(None) };
    let begun = Instant::now();
    let status = Command::new(program)
        .args(["--hidden", "--line-number", NEEDLE, "."])
        .current_dir(folder)
        .stdout(Stdio::null())
        .status()?;
    ensure!(status.success(), "rg found nothing");
    Ok(Some(begun.elapsed()))
}

fn write_files(root: &Path) -> Result<()> {
    for number in 0..FILES {
        let folder: PathBuf = root.join(format!("src{:03}", number / 100));
        if number % 100 == 0 {
            fs::create_dir_all(&folder)?;
        }
        let found = if number % 1_000 == 0 { NEEDLE } else { "nothing" };
        let text =
            format!("fn function_{number}() {{\n    let value = \"{found}\";\n}}\n").repeat(8);
        fs::write(folder.join(format!("file{number}.rs")), text)?;
    }
    Ok(())
}
