//! The running apps, and a deployment's log as it grows.

use std::time::Duration;

use covibe_domain::entities::Role;
use covibe_http::ConnectionLimits;
use covibe_sandbox::faults::{Fault, Name};
use covibe_store::AuditRecord;
use covibe_testkit_http::{Options, Person, World, http_client};
use reqwest::Response;
use reqwest::header::COOKIE;
use serde_json::json;
use tokio::time::timeout;

use super::{Site, is_sound};
use crate::audit::until;

/// The time that deployments stay queued, and then in progress, unless the test moves the clock.
const PACE: Duration = Duration::from_hours(1);

#[tokio::test(flavor = "multi_thread")]
async fn a_log_is_followed_until_the_deployment_ends() {
    let Some(site) = Site::with(slow_deployments()).await else { return };
    let agent = &site.world.mark.agent;
    let params = json!({ "image": "nginx:1.27", "name": "shop", "instantDeploy": false });
    let app = agent.compact("apps.create", &params).await.unwrap();
    let deployment = agent.compact("apps.deploy", &json!({ "uuid": app["uuid"] })).await.unwrap();
    let mut page = site.admin_page().await;
    page.follow("nav.nav a[href='/console/live']").await;
    page.follow("main tbody a").await;
    assert_eq!(page.text("h1").await, "shop");
    is_sound(&mut page).await;
    page.follow("main tbody a[href*='deployments']").await;
    page.wait_for("document.querySelector('[data-log-state]').textContent === 'Following'").await;
    is_sound(&mut page).await;
    assert!(page.path().await.ends_with(deployment["uuid"].as_str().expect("a deployment")));
    site.world.coolify.advance(PACE * 10);
    page.wait_for("document.querySelector('[data-log-state]').textContent === 'Ended: finished'")
        .await;
    assert!(page.text("#log").await.contains("Rolling update completed."));
    assert_eq!(page.text("main .head .badge").await, "finished");
    is_sound(&mut page).await;
}

/// The options of a world whose deployments stay queued.
fn slow_deployments() -> Options {
    let mut options = Options::default();
    options.coolify.pace = PACE;
    options
}

/// Begins a deployment, and returns the address of its log.
async fn begin_deployment(world: &World) -> String {
    let agent = &world.mark.agent;
    let params = json!({ "image": "nginx:1.27", "name": "shop", "instantDeploy": false });
    let app = agent.compact("apps.create", &params).await.expect("it is there");
    let deployment =
        agent.compact("apps.deploy", &json!({ "uuid": app["uuid"] })).await.expect("it is there");
    let uuid = deployment["uuid"].as_str().expect("a uuid");
    format!("{}/console/live/deployments/{uuid}/log", agent.origin)
}

/// Follows a log with this cookie, over a connection of its own.
async fn follow(log: &str, cookie: &str) -> Response {
    let client = http_client::client().build().expect("a client");
    client.get(log).header(COOKIE, cookie).send().await.expect("an answer")
}

/// A deployment that stays queued, and the log of it as a person follows it.
async fn follow_queued() -> (World, Response) {
    let world = World::start(slow_deployments()).await.expect("SQLite is built in");
    let log = begin_deployment(&world).await;
    let person = Person::member(&world, &world.mark, "ada", Role::Member).await;
    let mut log = follow(&log, &person.cookie).await;
    assert_eq!(log.status(), 200);
    let first = log.chunk().await.expect("a stream").expect("an event");
    assert!(first.starts_with(b"event: log\n"), "{first:?}");
    (world, log)
}

/// Otherwise a few people could hold all connections of a server.
#[tokio::test(flavor = "multi_thread")]
async fn a_person_follows_a_bounded_number_of_logs_in_all_browsers_together() {
    let world = World::start(slow_deployments()).await.expect("SQLite is built in");
    let log = begin_deployment(&world).await;
    let ada = Person::member(&world, &world.mark, "ada", Role::Member).await;
    let mut followed = Vec::new();
    for _ in 0..12 {
        let browser = ada.sign_in_again(&world, &world.mark).await;
        followed.push(follow(&log, &browser.cookie).await);
    }
    let statuses: Vec<_> = followed.iter().map(|answer| answer.status().as_u16()).collect();
    assert_eq!(statuses[..8], [200; 8], "{statuses:?}");
    assert_eq!(statuses[8..], [429; 4], "{statuses:?}");
    let bob = Person::member(&world, &world.mark, "bob", Role::Member).await;
    assert_eq!(follow(&log, &bob.cookie).await.status(), 200, "he follows none yet");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_log_of_the_person_who_follows_the_most_gives_way_to_that_of_a_colleague() {
    let limits = ConnectionLimits { connections: 64, ..ConnectionLimits::default() };
    let world = World::with_connections(limits, slow_deployments()).await;
    let log = begin_deployment(&world).await;
    let ada = Person::member(&world, &world.mark, "ada", Role::Member).await;
    let again = ada.sign_in_again(&world, &world.mark).await;
    let bob = Person::member(&world, &world.mark, "bob", Role::Member).await;
    let (oldest, other) = (follow(&log, &ada.cookie).await, follow(&log, &again.cookie).await);
    assert_eq!((oldest.status().as_u16(), other.status().as_u16()), (200, 200));
    assert_eq!(follow(&log, &bob.cookie).await.status(), 200, "it takes the place of one of hers");
    let rest = timeout(Duration::from_mins(1), oldest.text()).await.expect("its end");
    let rest = rest.expect("a whole stream");
    assert!(!rest.contains("event: end") && !rest.contains("event: trouble"), "{rest}");
}

/// Returns the outcomes of all reads of the log that the audit has, oldest first.
async fn outcomes_of_reads(world: &World, least: usize) -> Vec<String> {
    let is_look = |entry: &AuditRecord| entry.tool == "deployments.logs";
    world.dispatcher.flush().await;
    let mut entries = until(world, &world.mark, least, is_look).await;
    entries.retain(is_look);
    entries.into_iter().rev().map(|entry| entry.outcome).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn following_a_log_leaves_a_single_audit_entry() {
    let (world, log) = follow_queued().await;
    world.coolify.advance(PACE * 10);
    let rest = log.text().await.expect("the end of the stream");
    assert!(rest.contains("event: end"), "a later look saw it: {rest}");
    assert_eq!(outcomes_of_reads(&world, 1).await, ["ok"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_read_while_following_a_log_leaves_its_own_audit_entry() {
    let (world, log) = follow_queued().await;
    world.coolify.arm(Fault::new(Name::Status).status(404).times(u32::MAX));
    let rest = log.text().await.expect("the end of the stream");
    assert!(rest.contains("event: trouble"), "{rest}");
    assert_eq!(outcomes_of_reads(&world, 2).await, ["ok", "not_found"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_upstream_leaves_the_rest_of_the_live_page_visible() {
    let Some(site) = Site::open().await else { return };
    site.world.coolify.arm(Fault::new(Name::Status).status(500).times(u32::MAX));
    let mut page = site.admin_page().await;
    page.goto(&site.url("/console/live")).await;
    // Values that were read before the fault are cached for two seconds.
    while !page.has_element("main [role=alert]").await {
        page.goto(&site.url("/console/live")).await;
    }
    let text = page.text("main").await;
    assert!(text.contains("No domains yet"), "{text}");
    is_sound(&mut page).await;
}
