//! The tools of the agent server against a runner.

use std::fs;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use covibe_agent_servers::agent::AgentContext;
use covibe_agent_servers::environment_settings::Variables;
use covibe_agent_servers::tool_registry;
use serde_json::{Value, json};

use crate::test_runner::World;

/// Returns a context with this token, or with that of the runner's folder.
fn context(world: &World, token: Option<&str>) -> AgentContext {
    context_at(world.address(), world, token)
}

/// Returns a context that takes the program at an address for the runner.
fn context_at(address: SocketAddr, world: &World, token: Option<&str>) -> AgentContext {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let lookup = |name: &str| match name {
        "AGENT_RUNNER_URL" => Some(format!("http://{address}/")),
        "AGENT_RUNNER_HOME" => Some(world.home().display().to_string()),
        "AGENT_RUNNER_TOKEN" => token.map(str::to_owned),
        _ => None,
    };
    let mut variables = Variables::new(&lookup);
    let context = AgentContext::read(&mut variables);
    variables.finish().unwrap();
    context.unwrap()
}

async fn call(cx: &AgentContext, tool: &str, mut parameters: Value) -> Result<Value, Value> {
    let registry = tool_registry::agent();
    let tool = registry.find(tool).unwrap();
    tool.check(&mut parameters).map_err(|failure| failure.coded_body())?;
    let answer = tool.run(parameters, cx).await;
    answer.map(|answer| answer.value()).map_err(|failure| failure.coded_body())
}

#[tokio::test(flavor = "multi_thread")]
async fn spawn_agent_starts_a_job_and_get_job_status_returns_its_result() {
    let world = World::new();
    let cx = context(&world, None);
    let started =
        call(&cx, "spawn_agent", json!({ "agent": "shell", "task": "echo hi" })).await.unwrap();
    let id = started["jobId"].as_str().unwrap();
    world.wait_for_end(id);
    let job = call(&cx, "get_job_status", json!({ "job_id": id })).await.unwrap();
    assert_eq!((&job["status"], &job["exitCode"]), (&json!("succeeded"), &json!(0)));
    let output = job["output"].as_str().unwrap();
    assert!(output.starts_with("<untrusted content of") && output.contains("\nhi\n"), "{output}");
}

#[tokio::test(flavor = "multi_thread")]
async fn refusals_of_the_runner_are_returned_with_its_hints() {
    let world = World::new();
    let cx = context(&world, None);
    let unknown =
        call(&cx, "spawn_agent", json!({ "agent": "codr", "task": "x" })).await.unwrap_err();
    assert_eq!(
        (&unknown["code"], unknown["hint"].as_str()),
        (&json!("invalid"), Some("Agents: shell."))
    );
    let missing = call(&cx, "get_job_status", json!({ "job_id": "x" })).await.unwrap_err();
    assert_eq!(missing["code"], "not_found");
    let protected = json!({ "agent": "shell", "task": "x", "repo": "acme/co-vibe" });
    let protected = call(&cx, "spawn_agent", protected).await.unwrap_err();
    assert_eq!(protected["error"], "The repository acme/co-vibe is protected. Ask a person.");
    let mistyped =
        call(&cx, "spawn_agent", json!({ "agent": "shell", "task": "x", "repository": "a" }))
            .await
            .unwrap_err();
    assert!(mistyped["error"].as_str().unwrap().contains("repository"));
    assert_eq!(world.get("/api/jobs").json()["total"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_token_is_reported_with_a_hint_at_agent_runner_token() {
    let token = "0123456789abcdef0123456789abcdef";
    let mut world = World::idle("").with("AGENT_RUNNER_TOKEN", token);
    world.start();
    let job = json!({ "agent": "shell", "task": "true" });
    for wrong in [None, Some("x")] {
        let refused = call(&context(&world, wrong), "spawn_agent", job.clone()).await.unwrap_err();
        assert!(refused["hint"].as_str().unwrap().contains("AGENT_RUNNER_TOKEN"), "{refused}");
    }
    call(&context(&world, Some(token)), "spawn_agent", job).await.unwrap();
}

/// Passes on everything between its callers and a program, and notes what the callers send.
fn relay(to: SocketAddr) -> (SocketAddr, Arc<Mutex<Vec<u8>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let (address, noted) = (listener.local_addr().unwrap(), Arc::new(Mutex::new(Vec::new())));
    let noting = Arc::clone(&noted);
    thread::spawn(move || {
        for caller in listener.incoming().flatten() {
            let (program, noting) = (TcpStream::connect(to).unwrap(), Arc::clone(&noting));
            let (mut answers, mut answered) =
                (program.try_clone().unwrap(), caller.try_clone().unwrap());
            thread::spawn(move || io::copy(&mut answers, &mut answered));
            thread::spawn(move || pass_on(caller, program, &noting));
        }
    });
    (address, noted)
}

fn pass_on(mut caller: TcpStream, mut program: TcpStream, noted: &Mutex<Vec<u8>>) {
    let mut buffer = [0; 4096];
    while let Ok(count @ 1..) = caller.read(&mut buffer) {
        noted.lock().unwrap().extend_from_slice(&buffer[..count]);
        program.write_all(&buffer[..count]).unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_passes_requests_on_to_the_runner_does_not_get_the_token() {
    let world = World::new();
    let (address, noted) = relay(world.address());
    let job = json!({ "agent": "shell", "task": "true" });
    let token = fs::read_to_string(world.home().join("token")).unwrap();
    for given in [None, Some(&*token)] {
        let cx = context_at(address, &world, given);
        let refused = call(&cx, "spawn_agent", job.clone()).await.unwrap_err();
        assert!(refused["error"].as_str().unwrap().contains("did not prove"), "{refused}");
    }
    let noted = String::from_utf8(noted.lock().unwrap().clone()).unwrap();
    assert_eq!(noted.matches("GET /health?challenge=").count(), 2, "{noted}");
    assert!(!noted.contains(&token), "{noted}");
    assert_eq!(world.get("/api/jobs").json()["total"], 0);
}
