//! Bodies that do not end: what they take of the server is bounded, whoever sends them.

use covibe_dispatch::CallRate;
use covibe_domain::entities::Role;
use covibe_http::ConnectionLimits;
use covibe_testkit_http::{Agent, Options, Person, World};
use futures_util::stream::{FuturesUnordered, StreamExt as _};
use serde_json::json;
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

use crate::support::raw_requests;

/// The first line of the answer that comes although the body has not.
pub(crate) async fn early_answer(mut stream: TcpStream) -> String {
    let mut answer = vec![0; 64];
    let read = stream.read(&mut answer).await.unwrap_or_default();
    answer.truncate(read);
    String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned()
}

const FORM: &str = "Content-Type: application/x-www-form-urlencoded\r\n";

/// Sends all of a form but its end.
async fn held_form(nobody: &Agent, size: usize) -> TcpStream {
    let request = raw_requests::request(nobody, "POST", "/auth/sign-in", FORM, &vec![b'x'; size]);
    raw_requests::begin_request(nobody, &request[..request.len() - 9]).await
}

#[tokio::test(flavor = "multi_thread")]
async fn unfinished_forms_of_an_address_are_limited_in_total() {
    let world = World::embedded().await;
    let nobody = world.mark.agent.with_key(None);
    let mut forms = FuturesUnordered::new();
    for _ in 0..100 {
        forms.push(early_answer(held_form(&nobody, 16_000).await));
    }
    for _ in 0..30 {
        let answer = forms.next().await.expect("one of 100");
        assert!(answer.starts_with("HTTP/1.1 429"), "{answer}");
    }
    // Callers and people of a tenant are not strangers.
    world.mark.agent.compact("apps.list", &json!({})).await.expect("a list");
    let mut ada = Person::member(&world, &world.mark, "ada", Role::Member).await;
    let renamed =
        ada.submit_own(&world, "/console/settings/profile/name", &[("name", "Ada")]).await;
    assert_eq!(renamed.status, 303, "{}", renamed.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_above_16_kib_is_refused_before_its_body_arrives() {
    let world = World::embedded().await;
    let nobody = world.mark.agent.with_key(None);
    let request =
        raw_requests::request(&nobody, "POST", "/auth/sign-in", FORM, &vec![b'x'; 16 * 1024 + 1]);
    let head = request.len() - 16 * 1024 - 1;
    let answer = early_answer(raw_requests::begin_request(&nobody, &request[..head]).await).await;
    assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_photo_uploads_of_a_tenant_are_limited_before_their_first_byte() {
    let world = World::embedded().await;
    let nobody = world.mark.agent.with_key(None);
    let mut held = FuturesUnordered::new();
    for name in ["ada", "bob", "eve"] {
        let person = Person::member(&world, &world.mark, name, Role::Member).await;
        let headers = format!(
            "Cookie: {}\r\nContent-Type: multipart/form-data; boundary=B\r\n",
            person.cookie
        );
        let path = "/console/settings/profile/photo";
        let request = raw_requests::request(&nobody, "POST", path, &headers, &[0; 1000]);
        held.push(early_answer(
            raw_requests::begin_request(&nobody, &request[..request.len() - 1000]).await,
        ));
    }
    let answer = held.next().await.expect("one of three");
    assert!(answer.starts_with("HTTP/1.1 429"), "{answer}");
    let mut other = Person::member(&world, &world.justine, "joe", Role::Member).await;
    let csrf = other.csrf(&world).await;
    let answer = other.upload("/console/settings/profile/photo", &csrf, b"no image").await;
    assert_eq!(answer.status, 422, "{}", answer.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_that_has_not_arrived_takes_a_place_of_its_person() {
    let options = Options::default().with_settings(|it| it.max_in_flight = 3);
    let world = World::start(options).await.expect("SQLite is built in");
    let nobody = world.mark.agent.with_key(None);
    let mut ada = Person::member(&world, &world.mark, "ada", Role::Member).await;
    let mut bob = Person::member(&world, &world.mark, "bob", Role::Member).await;
    let headers = format!("Cookie: {}\r\n{FORM}", ada.cookie);
    let request = raw_requests::request(&nobody, "POST", "/auth/company", &headers, &[b'x'; 100]);
    let mut held = Vec::new();
    let refused = loop {
        held.push(raw_requests::begin_request(&nobody, &request[..request.len() - 100]).await);
        let answer = ada.get("/console").await;
        if answer.status != 200 || held.len() == 20 {
            break answer;
        }
    };
    assert_eq!(refused.status, 429, "{}", refused.text);
    assert!(
        refused.text.contains("Too many of your requests are already in progress."),
        "{}",
        refused.text
    );
    assert_eq!(bob.get("/console").await.status, 200, "his are others");
    drop(held);
    while ada.get("/console").await.status != 200 {}
}

/// Otherwise one member of a company could take all connections of the server.
#[tokio::test(flavor = "multi_thread")]
async fn known_callers_with_unfinished_bodies_keep_nobody_out() {
    const PLACES: usize = 16;
    let keyless = CallRate { per_second: 1_000_000, burst: 1_000_000 };
    let limits = ConnectionLimits { connections: PLACES, keyless, ..ConnectionLimits::default() };
    let world = World::with_connections(limits, Options::default()).await;
    let (agent, nobody) = (&world.mark.agent, world.mark.agent.with_key(None));
    let ada = Person::member(&world, &world.mark, "ada", Role::Member).await;
    let (form, body) = (format!("Cookie: {}\r\n{FORM}", ada.cookie), [b'x'; 100]);
    for request in [
        raw_requests::post(agent, "", &body),
        raw_requests::request(&nobody, "POST", "/auth/company", &form, &body),
        raw_requests::request(&nobody, "POST", "/console/settings/profile/name", &form, &body),
    ] {
        let head = &request[..request.len() - body.len()];
        let mut unfinished = FuturesUnordered::new();
        for _ in 0..3 * PLACES {
            unfinished.push(early_answer(raw_requests::begin_request(&nobody, head).await));
        }
        for _ in 0..PLACES {
            let answer = unfinished.next().await.expect("one of three times as many");
            assert_eq!(answer, "", "its connection is closed for another one");
        }
        let other = world.justine.agent.reconnected();
        let answer = other.send("GET", "/api/workspaces/justine", &[], None).await;
        assert_eq!(answer.status, 200, "{}", answer.text);
    }
}
