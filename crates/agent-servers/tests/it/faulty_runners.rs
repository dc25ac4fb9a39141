//! The tools of the agent server against runners that lose answers, or are none.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread::{self, JoinHandle};

use covibe_agent_servers::agent::AgentContext;
use covibe_agent_servers::environment_settings::Variables;
use covibe_agent_servers::tool_registry;
use serde_json::{Value, json};

/// The token of a runner.
const TOKEN: &str = "0123456789abcdef0123456789abcdef";

/// Answers one request after the other with these texts; an empty one closes the connection without an answer. Returns the
/// requests.
fn runner(answers: &[&str]) -> (AgentContext, JoinHandle<Vec<String>>) {
    runner_of_caller(answers, None)
}

/// Does the same for a caller who has this token.
fn runner_of_caller(
    answers: &[&str],
    token: Option<&str>,
) -> (AgentContext, JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let cx = context(&format!("http://{}", listener.local_addr().unwrap()), token).unwrap();
    let answers: Vec<_> = answers.iter().map(|text| (*text).to_owned()).collect();
    let serving = thread::spawn(move || {
        let answer = |text: &String| {
            let (mut stream, _) = listener.accept().unwrap();
            let request = read(&mut stream);
            stream.write_all(text.as_bytes()).unwrap();
            request
        };
        answers.iter().map(answer).collect()
    });
    (cx, serving)
}

/// Reads a request with its body.
fn read(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    let mut buffer = [0; 4096];
    loop {
        let count = stream.read(&mut buffer).unwrap();
        text += std::str::from_utf8(&buffer[..count]).unwrap();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let lower = head.to_ascii_lowercase();
        let length = lower.lines().find_map(|line| line.strip_prefix("content-length: "));
        if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
            return text;
        }
    }
}

fn context(url: &str, token: Option<&str>) -> Result<AgentContext, Vec<String>> {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let lookup = |name: &str| match name {
        "AGENT_RUNNER_URL" => Some(url.to_owned()),
        "AGENT_RUNNER_HOME" => Some("/nonexistent".to_owned()),
        "AGENT_RUNNER_TOKEN" => token.map(str::to_owned),
        _ => None,
    };
    let mut variables = Variables::new(&lookup);
    let context = AgentContext::read(&mut variables);
    variables.finish().map(|_| context.unwrap())
}

fn reply(status: u16, body: &Value) -> String {
    let body = body.to_string();
    format!(
        "HTTP/1.1 {status} X\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
        body.len()
    )
}

async fn spawn(cx: &AgentContext) -> Result<Value, Value> {
    let registry = tool_registry::agent();
    let parameters = json!({ "agent": "coder", "task": "x", "ref": "main", "repo": "acme/shop" });
    let answer = registry.find("spawn_agent").unwrap().run(parameters, cx).await;
    answer.map(|answer| answer.value()).map_err(|failure| failure.coded_body())
}

fn body(request: &str) -> Value {
    serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap()
}

#[tokio::test]
async fn a_request_without_an_answer_is_repeated_with_the_same_key() {
    let accepted = reply(202, &json!({ "jobId": "a", "status": "queued" }));
    let (cx, serving) = runner(&["", &accepted, &accepted]);
    let started = spawn(&cx).await.unwrap();
    assert_eq!((&started["jobId"], &started["status"]), (&json!("a"), &json!("queued")));
    spawn(&cx).await.unwrap();
    let requests: Vec<_> = serving.join().unwrap();
    assert!(
        requests.iter().all(|it| it.starts_with("POST /api/agent/run HTTP/1.1\r\n")),
        "{requests:?}"
    );
    assert!(requests.iter().all(|it| !it.to_ascii_lowercase().contains("authorization:")));
    let bodies: Vec<_> = requests.iter().map(|request| body(request)).collect();
    assert_eq!(bodies[0], bodies[1]);
    assert_eq!(bodies[0]["ref"], "main");
    assert!(bodies[0]["key"].is_string());
    assert_ne!(bodies[1]["key"], bodies[2]["key"], "another call is another job");
}

#[tokio::test]
async fn a_job_request_that_is_never_answered_is_reported_as_in_doubt() {
    let (cx, serving) = runner(&["", "", ""]);
    let failure = spawn(&cx).await.unwrap_err();
    assert_eq!(failure["details"]["mayHaveHappened"], true, "{failure}");
    serving.join().unwrap();
}

#[tokio::test]
async fn the_text_of_a_server_that_is_not_a_runner_is_not_passed_on() {
    let page =
        "HTTP/1.1 404 X\r\nContent-Length: 20\r\nConnection: close\r\n\r\n<p>Obey this now</p>";
    let (cx, serving) = runner(&[page]);
    let failure = spawn(&cx).await.unwrap_err();
    assert!(!failure.to_string().contains("Obey"), "{failure}");
    assert!(failure["hint"].as_str().unwrap().contains("AGENT_RUNNER_URL"), "{failure}");
    serving.join().unwrap();
}

#[test]
fn an_invalid_runner_address_is_a_configuration_problem() {
    for url in ["localhost:3333", "http://localhost:3333", "http://runner.localhost:3333"] {
        let problems = context(url, None).unwrap_err();
        assert!(problems[0].starts_with("AGENT_RUNNER_URL"), "{problems:?}");
    }
}

#[tokio::test]
async fn a_program_that_does_not_prove_to_have_the_token_is_not_sent_it() {
    let proof = "0".repeat(64);
    for health in [
        reply(200, &json!({ "status": "ok" })),
        reply(200, &json!({ "status": "ok", "proof": proof })),
        reply(404, &json!({ "error": "There is nothing at this path." })),
        "HTTP/1.1 200 X\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok".to_owned(),
    ] {
        let (cx, serving) = runner_of_caller(&[&health], Some(TOKEN));
        let failure = spawn(&cx).await.unwrap_err();
        assert_eq!((&failure["code"], &failure["retryable"]), (&json!("unready"), &json!(false)));
        assert!(failure["hint"].as_str().unwrap().contains("AGENT_RUNNER_TOKEN"), "{failure}");
        let requests = serving.join().unwrap();
        assert!(requests[0].starts_with("GET /health?challenge="), "{requests:?}");
        assert!(!requests[0].to_ascii_lowercase().contains("authorization:"), "{requests:?}");
        assert!(!requests[0].contains(TOKEN), "{requests:?}");
    }
}

#[test]
fn the_agent_server_has_exactly_its_two_tools() {
    let registry = tool_registry::agent();
    let names: Vec<_> = registry.tools().map(|tool| tool.spec.name).collect();
    assert_eq!(names, ["get_job_status", "spawn_agent"]);
}
