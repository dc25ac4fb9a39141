//! The agents of the example for `runner.toml`.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use covibe_agent_runner_core::agents::ToolNames;
use serde_json::{Value, json};

use crate::test_runner::World;

const EXAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/runner.toml");

/// Settings of a repository that have Claude Code make the file `started` when a session begins.
const HOOK: &str =
    r#"{"hooks":{"SessionStart":[{"hooks":[{"type":"command","command":"touch started"}]}]}}"#;

/// Settings of a repository that have Codex make the file `started` when a session begins.
const SERVER: &str = "[mcp_servers.hostile]\ncommand = \"touch\"\nargs = [\"started\"]\n";

/// A model that refuses every question.
struct Model {
    address: SocketAddr,
    questions: Arc<AtomicUsize>,
}

impl Model {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let questions = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&questions);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                counted.fetch_add(1, Ordering::Relaxed);
                refuse(stream);
            }
        });
        Self { address, questions }
    }
}

/// Reads a request, and answers with status 400. An error of the connection ends the exchange.
fn refuse(mut stream: TcpStream) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut length = 0;
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let line = line.trim().to_ascii_lowercase();
        if line.is_empty() {
            break;
        }
        if let Some(text) = line.strip_prefix("content-length:") {
            length = text.trim().parse().ok()?;
        }
    }
    reader.read_exact(&mut vec![0; length]).ok()?;
    stream.write_all(b"HTTP/1.1 400 X\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}").ok()
}

/// Runs an agent of the example in a folder that has one file, and returns the job. `adapt` changes the example. None if
/// the programs are not installed.
fn run_example(
    world: World,
    (agent, program): (&str, &str),
    (file, content): (&str, &str),
    adapt: impl Fn(String) -> String,
) -> Option<(World, Value)> {
    let clients = std::env::var_os("COVIBE_CLIENTS")?;
    let clients = Path::new(&clients).canonicalize().unwrap();
    let modules = clients.join("node_modules").canonicalize().unwrap();
    let programs = clients.join("node_modules/.bin");
    let mut world =
        world.with("PATH", &format!("{}:/usr/local/bin:/usr/bin:/bin", programs.display()));
    let folder = world.path("repository");
    fs::create_dir_all(folder.join(file).parent().unwrap()).unwrap();
    fs::write(folder.join(file), content).unwrap();
    let readable = json!([clients, modules, folder]);
    let begin = format!(
        r#"command = ["sh", "-c", "cp -r {}/. . && exec \"$0\" \"$@\"", "{program}""#,
        folder.display()
    );
    let text = fs::read_to_string(EXAMPLE)
        .unwrap()
        .replace(&format!("[agents.{agent}]"), &format!("[agents.{agent}]\nreadable = {readable}"))
        .replace(&format!("command = [\"{program}\""), &begin);
    fs::write(world.home().join("runner.toml"), adapt(text)).unwrap();
    world.start();
    let job = json!({ "agent": agent, "task": "Do it.", "timeout_s": 120 });
    let reply = world.post("/api/agent/run", &job);
    let job = world.wait_for_end(reply.json()["jobId"].as_str().unwrap());
    Some((world, job))
}

/// Checks that the settings of the repository were there, and started nothing.
fn assert_nothing_started(world: &World, job: &Value, file: &str) {
    let id = job["jobId"].as_str().unwrap();
    assert!(world.job_path(id, "work").join(file).exists(), "{job}");
    assert!(
        !world.job_path(id, "work/started").exists(),
        "the repository started a program: {job}"
    );
}

#[test]
fn claude_code_of_the_example_runs_no_hook_of_a_repository() {
    let model = Model::start();
    let world = World::idle("")
        .with("ANTHROPIC_API_KEY", "none")
        .with("ANTHROPIC_BASE_URL", &format!("http://{}", model.address))
        .with("CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC", "1");
    let further =
        "variables = [\"ANTHROPIC_BASE_URL\", \"CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC\", ";
    let adapt = |text: String| text.replace("variables = [", further);
    let file = ".claude/settings.json";
    let ran = run_example(world, ("coder", "claude"), (file, HOOK), adapt);
    let Some((world, job)) = ran else { return };
    // Hooks of its begin run before it asks the model.
    assert_ne!(model.questions.load(Ordering::Relaxed), 0, "{job}");
    assert_nothing_started(&world, &job, file);
}

/// Codex runs in a job without a repository, too.
#[test]
fn codex_of_the_example_runs_without_approvals_or_settings_of_a_repository() {
    // Without it, it refuses all calls that change something outside of its folder.
    let approval = "\"mcp_servers.covibe.default_tools_approval_mode=approve\"";
    assert!(fs::read_to_string(EXAMPLE).unwrap().contains(approval));
    let model = Model::start();
    // Its settings are those of its command, because a job has no others.
    let settings = [
        "model=none",
        "model_provider=none",
        "model_providers.none.name=none",
        "model_providers.none.wire_api=responses",
        &format!("model_providers.none.base_url=http://{}/v1", model.address),
        "model_providers.none.request_max_retries=0",
        "model_providers.none.stream_max_retries=0",
    ];
    let settings = settings.map(|setting| format!(", \"-c\", \"{setting}\"")).concat();
    let adapt = |text: String| text.replace(approval, &format!("{approval}{settings}"));
    let world = World::idle("").with("CODEX_API_KEY", "none");
    let file = ".codex/config.toml";
    let ran = run_example(world, ("pm", "codex"), (file, SERVER), adapt);
    let Some((world, job)) = ran else { return };
    assert!(job["output"].as_str().unwrap().contains("OpenAI Codex"), "{job}");
    assert_nothing_started(&world, &job, file);
}

#[test]
fn the_example_configuration_passes_the_check() {
    let world = World::idle("");
    fs::copy(EXAMPLE, world.home().join("runner.toml")).unwrap();
    let output = world.command().arg("check").output().unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    let is_complete = ToolNames::from_registry().names().count() == 28;
    let is_fine =
        |line: &str| line.contains("usable") || !is_complete && line.contains("is not a tool");
    assert!(text.lines().all(is_fine), "{text}");
}
