//! The limits of connections, against a server that listens.

use std::time::Duration;

use covibe_dispatch::CallRate;
use covibe_domain::entities::Role;
use covibe_http::{ConnectionLimits, Proxies};
use covibe_testkit_http::{Agent, Options, Person, World};
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::support::raw_requests;

async fn world(connections: ConnectionLimits) -> World {
    World::with_connections(connections, Options::default()).await
}

async fn connect(agent: &Agent) -> TcpStream {
    let address = agent.origin.trim_start_matches("http://");
    TcpStream::connect(address).await.expect("a connection")
}

/// Sends bytes and reads the answer until the server closes the connection.
async fn answer_until_closed(agent: &Agent, bytes: &str) -> String {
    let mut stream = connect(agent).await;
    stream.write_all(bytes.as_bytes()).await.expect("sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.expect("an answer and its end");
    answer
}

#[tokio::test(flavor = "multi_thread")]
async fn ends_a_connection_whose_body_is_refused() {
    let world = World::embedded().await;
    let host = world.mark.agent.origin.trim_start_matches("http://");
    for (path, status) in [("/nowhere", 404), ("/api/mcp", 401), ("/openapi.json", 405)] {
        for body in ["Transfer-Encoding: chunked\r\n\r\n5\r\nabc", "Content-Length: 9\r\n\r\nabc"] {
            let request = format!("POST {path} HTTP/1.1\r\nHost: {host}\r\n{body}");
            let answer = answer_until_closed(&world.mark.agent, &request).await;
            assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "{answer}");
            assert!(answer.to_lowercase().contains("connection: close"), "{answer}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn refuses_a_form_whose_body_would_never_end() {
    let world = World::embedded().await;
    let host = world.mark.agent.origin.trim_start_matches("http://");
    for length in [0, 9] {
        let request = format!(
            "POST /auth/sign-in HTTP/1.1\r\nHost: {host}\r\nConnection: Upgrade\r\n\
             Upgrade: websocket\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {length}\r\n\r\n"
        );
        let answer = answer_until_closed(&world.mark.agent, &request).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{answer}");
        assert!(answer.contains("WebSockets"), "{answer}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_without_a_key_are_rate_limited() {
    let keyless = CallRate { per_second: 1, burst: 3 };
    let world = world(ConnectionLimits { keyless, ..ConnectionLimits::default() }).await;
    let (agent, nobody) = (&world.mark.agent, world.mark.agent.with_key(None));
    // The server has seen that the key is valid.
    agent.compact("projects.list", &json!({})).await.expect("a list");
    let refused = loop {
        let answer = nobody.send("GET", "/openapi.json", &[], None).await;
        if answer.status != 200 {
            break answer;
        }
    };
    assert_eq!(refused.status, 429, "{}", refused.text);
    assert!(refused.headers.contains_key("retry-after"), "{:?}", refused.headers);
    for _ in 0..10 {
        assert_eq!(nobody.send("GET", "/api/health", &[], None).await.status, 200);
        agent.compact("projects.list", &json!({})).await.expect("a list");
    }
}

/// Returns whether a request that is repeated 20 times gets 429.
async fn is_limited(agent: &Agent, method: &str, path: &str) -> bool {
    for _ in 0..20 {
        if agent.send(method, path, &[], None).await.status == 429 {
            return true;
        }
    }
    false
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_without_a_valid_key_does_not_lift_the_rate_limit() {
    let keyless = CallRate { per_second: 1, burst: 3 };
    let limits = || ConnectionLimits { keyless, ..ConnectionLimits::default() };
    for (method, path) in [("POST", "/api/mcp"), ("GET", "/api/workspaces/mark/apps")] {
        let world = world(limits()).await;
        let agent = &world.mark.agent;
        agent.compact("projects.list", &json!({})).await.expect("a list");
        let stranger = agent.with_authorization("Bearer vibn_sk_nonsense");
        assert!(is_limited(&stranger, method, path).await, "{path}");
        let other = agent.with_authorization("x");
        assert_eq!(other.send(method, path, &[], None).await.status, 429, "{path}: another one");
        for _ in 0..10 {
            agent.compact("projects.list", &json!({})).await.expect("its key is valid");
        }
    }
    // No surface checks a key here, not even a valid one.
    for (method, path) in [
        ("GET", "/openapi.json"),
        ("POST", "/auth/link/x"),
        ("GET", "/auth/link/x"),
        ("POST", "/api/setup/device"),
        ("POST", "/api/hooks/gitea"),
        ("GET", "/console"),
    ] {
        let world = world(limits()).await;
        assert!(is_limited(&world.mark.agent, method, path).await, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn agents_with_valid_keys_are_exempt_from_the_rate_limit_of_their_address() {
    let keyless = CallRate { per_second: 1, burst: 3 };
    let world = world(ConnectionLimits { keyless, ..ConnectionLimits::default() }).await;
    let (agent, path) = (&world.mark.agent, "/api/workspaces/mark");
    assert!(!is_limited(agent, "GET", path).await);
    // A key that was valid, and no longer is, is like any other.
    let minted = agent.json("POST", "/api/workspaces/mark/keys", &json!({})).await.json();
    let key = agent.with_key(minted["token"].as_str());
    assert!(!is_limited(&key, "GET", path).await);
    let one = format!("/api/workspaces/mark/keys/{}", minted["id"].as_str().expect("an id"));
    assert_eq!(agent.send("DELETE", &one, &[], None).await.status, 200);
    assert!(is_limited(&key, "GET", path).await);
    assert!(!is_limited(agent, "GET", path).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn signed_in_people_are_exempt_from_the_rate_limit_of_their_address() {
    let keyless = CallRate { per_second: 1, burst: 3 };
    let world = world(ConnectionLimits { keyless, ..ConnectionLimits::default() }).await;
    let ada = Person::member(&world, &world.mark, "ada", Role::Member).await;
    let agent = ada.agent(&world, "mark").await;
    for path in ["/api/workspaces", "/api/workspaces/mark/apps", "/console", "/photos/none"] {
        assert!(!is_limited(&agent, "GET", path).await, "{path}");
    }
    let stranger = agent.with_session(&format!("covibe_session={}", "A".repeat(43)), "x");
    assert!(is_limited(&stranger, "GET", "/api/workspaces").await);
    for path in ["/api/workspaces", "/console"] {
        assert!(is_limited(&stranger, "GET", path).await, "{path}");
        assert!(!is_limited(&agent, "GET", path).await, "{path}: hers is valid");
    }
    // No surface checks a session here.
    assert!(is_limited(&agent, "GET", "/openapi.json").await);
    assert!(is_limited(&agent, "POST", "/api/mcp").await);
    let signed_in = world.identity.session(ada.token(), false).await.expect("an answer");
    let signed_in = signed_in.expect("a session");
    let ended = world.identity.end_session(&signed_in.user.id, &signed_in.session).await;
    assert!(ended.expect("its end"));
    for path in ["/api/workspaces", "/console"] {
        assert!(is_limited(&agent, "GET", path).await, "{path}: it has ended");
    }
}

/// Returns the number of requests for a path that are answered, of six.
async fn count_answered(agent: &Agent, path: &str) -> usize {
    let mut answered = 0;
    for _ in 0..6 {
        answered += usize::from(agent.send("GET", path, &[], None).await.status == 200);
    }
    answered
}

/// Otherwise somebody with many sessions would have the database look up as many of them as they like.
#[tokio::test(flavor = "multi_thread")]
async fn the_requests_of_a_person_are_limited_in_all_sessions_together() {
    let person = CallRate { per_second: 1, burst: 6 };
    let world = world(ConnectionLimits { person, ..ConnectionLimits::default() }).await;
    let ada = Person::member(&world, &world.mark, "ada", Role::Member).await;
    let other_browser = ada.sign_in_again(&world, &world.mark).await;
    let first = ada.agent(&world, "mark").await;
    let second = first.with_session(&other_browser.cookie, "");
    // The server has seen that the session is valid.
    assert_eq!(second.send("GET", "/console", &[], None).await.status, 200);
    assert!(is_limited(&first, "GET", "/console").await);
    // One more is possible each second, and the first one on a surface is like one of a stranger.
    for path in ["/console", "/api/workspaces/mark/apps"] {
        assert!(count_answered(&second, path).await < 6, "{path}");
    }
    let bob = Person::member(&world, &world.mark, "bob", Role::Member).await;
    let bob = bob.agent(&world, "mark").await;
    assert_eq!(count_answered(&bob, "/console").await, 6, "his are others");
    assert!(!is_limited(&world.mark.agent, "GET", "/api/workspaces/mark").await);
}

#[tokio::test(flavor = "multi_thread")]
async fn silent_connections_are_closed_to_make_room_for_calls() {
    let limits = ConnectionLimits { per_address: 20, ..ConnectionLimits::default() };
    let world = world(limits).await;
    let silent = (0..60).map(async |_| {
        let mut stream = connect(&world.mark.agent).await;
        stream.write_all(b"G").await.expect("sent");
        stream.read_to_end(&mut Vec::new()).await.expect("its end");
    });
    let mut silent: FuturesUnordered<_> = silent.collect();
    for _ in 0..40 {
        silent.next().await.expect("one of 60");
    }
    let agent = world.mark.agent.reconnected();
    assert_eq!(agent.send("GET", "/api/health", &[], None).await.status, 200);
    assert_eq!(agent.send("GET", "/api/workspaces/mark", &[], None).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_server_stops_despite_clients_that_stall() {
    let world = World::embedded().await;
    let agent = world.mark.agent.clone();
    let host = agent.origin.trim_start_matches("http://");
    let get = format!("GET /openapi.json HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let mut clients = Vec::new();
    for sent in ["", "G", get.as_str(), &get.repeat(100)] {
        let mut stream = connect(&agent).await;
        stream.write_all(sent.as_bytes()).await.expect("sent");
        clients.push(stream);
    }
    agent.compact("apps.list", &json!({})).await.expect("it answers");
    // Running calls may take longer, and waits without a client must not.
    tokio::time::timeout(Duration::from_secs(30), world.stop()).await.expect("it stops");
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_requests_are_limited_per_address_behind_a_trusted_proxy() {
    let proxies = Proxies::new(["127.0.0.1"]).expect("a proxy");
    let limits = ConnectionLimits { per_address: 1, proxies, ..ConnectionLimits::default() };
    let world = world(limits).await;
    let agent = &world.mark.agent;
    let hold = world.coolify.hold("POST", "/applications");
    let running = {
        let body = br#"{"tool":"apps.create","params":{"image":"nginx","name":"held"}}"#;
        let bytes = raw_requests::post(agent, "X-Forwarded-For: 192.0.2.1\r\n", body);
        let agent = agent.clone();
        tokio::spawn(async move { raw_requests::send(&agent, &bytes).await })
    };
    hold.arrived().await;
    let status = async |path: &str, client: &str| {
        let header = format!("X-Forwarded-For: {client}\r\n");
        let bytes = raw_requests::request(agent, "GET", path, &header, b"");
        raw_requests::send(agent, &bytes).await.status
    };
    let describe = "/api/workspaces/mark";
    assert_eq!(status(describe, "192.0.2.1").await, 429);
    assert_eq!(status(describe, "198.51.100.7, 192.0.2.1").await, 429);
    assert_eq!(status("/api/health", "192.0.2.1").await, 200);
    assert_eq!(status(describe, "192.0.2.2").await, 200);
    hold.release();
    running.await.expect("an answer");
    assert_eq!(status(describe, "192.0.2.1").await, 200);
}
