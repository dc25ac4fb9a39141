//! The view of an operator on WorkOS: the checks, the health and the metrics.

use std::process::{Command, Output};

use covibe_domain::entities::Role;
use covibe_sandbox::Simulator;
use covibe_sandbox::faults::{Fault, Name};
use covibe_sandbox::workos::{self, CLIENT_ID, Collection, Settings};
use covibe_testkit_http::{Agent, Person, World};
use serde_json::{Value, json};

use crate::check_report::of_status;
use crate::metrics::Page;
use crate::server_binary;
use crate::server_process::Server;

pub(crate) const CALLBACK: &str = "https://covibe.acme.dev/callback";

/// The checks of an environment that can be used.
const ALL: [&str; 3] = ["workos.credentials", "workos.keys", "workos.redirect"];

pub(crate) async fn start_workos(redirect_uris: &[&str]) -> Simulator {
    let settings = Settings { signed_in: Some("ada@example.com".into()), ..Settings::default() };
    let redirect_uris = redirect_uris.iter().map(|uri| (*uri).to_owned()).collect();
    workos::start(workos::Options { settings, redirect_uris }).await.expect("it starts")
}

/// The variables of a server whose people sign in there.
pub(crate) fn variables(workos: &Simulator) -> Vec<(&'static str, String)> {
    let text = |text: &str| text.to_owned();
    vec![
        ("COVIBE_HOSTED_URL", text("https://covibe.acme.dev")),
        ("COVIBE_AUTH_MODE", text("workos")),
        ("WORKOS_CLIENT_ID", text(CLIENT_ID)),
        ("WORKOS_API_KEY", text(workos.token.expose())),
        ("WORKOS_COOKIE_PASSWORD", "p".repeat(32)),
        ("NEXT_PUBLIC_WORKOS_REDIRECT_URI", text(CALLBACK)),
        ("WORKOS_API_URL", workos.url.clone()),
    ]
}

fn check(world: &World, variables: &[(&'static str, String)]) -> Output {
    let mut command = Command::new(server_binary::path());
    command.env_clear().envs(world.variables()).current_dir(env!("CARGO_TARGET_TMPDIR"));
    command.envs(variables.iter().map(|(name, value)| (*name, value)));
    tokio::task::block_in_place(|| command.args(["check", "--json"]).output().expect("it starts"))
}

/// Returns the checks of WorkOS with this status.
fn checks_with_status(output: &Output, status: &str) -> Vec<String> {
    let all = of_status(output, status).into_iter();
    all.filter(|name| name.starts_with("workos.")).collect()
}

/// Returns the message of a check.
fn message_of(output: &Output, name: &str) -> String {
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let mut checks = told["checks"].as_array().expect("a list").iter();
    let found = checks.find(|check| check["name"] == name).expect("the check");
    found["says"].as_str().expect("a text").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn check_of_a_good_workos_environment_passes_and_changes_nothing() {
    let (world, workos) = (World::embedded().await, start_workos(&[CALLBACK]).await);
    let good = check(&world, &variables(&workos));
    assert!(good.status.success(), "{good:?}");
    assert_eq!(checks_with_status(&good, "pass"), ALL);
    for collection in [Collection::Users, Collection::Sessions, Collection::Organizations] {
        assert_eq!(workos.count(collection), 0, "{collection:?}");
    }
    assert_eq!(workos.names(Collection::RedirectUris), [CALLBACK]);
    assert!(!String::from_utf8_lossy(&good.stdout).contains(workos.token.expose()));
    assert_eq!(
        checks_with_status(&check(&world, &[]), "pass"),
        ALL[..1],
        "passwords need no WorkOS"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_misconfiguration_of_workos_fails_with_its_remedy() {
    let (world, workos) =
        (World::embedded().await, start_workos(&["https://elsewhere.test/x"]).await);
    let told = check(&world, &variables(&workos));
    assert_eq!(
        (checks_with_status(&told, "fail"), told.status.success()),
        (vec![ALL[2].to_owned()], false)
    );
    assert!(message_of(&told, ALL[2]).contains(CALLBACK), "{told:?}");
    for (name, value) in [("WORKOS_API_KEY", "sk_hunter2"), ("WORKOS_CLIENT_ID", "client_01OTHER")]
    {
        let mut variables = variables(&workos);
        variables.push((name, value.to_owned()));
        let told = check(&world, &variables);
        assert_eq!(checks_with_status(&told, "fail"), ALL[..1], "{name}");
        let says = message_of(&told, ALL[0]);
        assert!(says.contains("WORKOS_API_KEY") && !says.contains("hunter2"), "{says}");
    }
    workos.set(Settings { published: Vec::new(), ..Settings::default() });
    assert!(
        checks_with_status(&check(&world, &variables(&workos)), "fail")
            .contains(&ALL[1].to_owned())
    );
    let mut variables = variables(&workos);
    variables.push(("WORKOS_API_URL", "http://127.0.0.1:1".to_owned()));
    assert_eq!(checks_with_status(&check(&world, &variables), "fail"), ["workos.address"]);
    variables.retain(|(name, _)| *name != "WORKOS_CLIENT_ID");
    let told = check(&world, &variables);
    assert!(message_of(&told, ALL[0]).ends_with("WORKOS_CLIENT_ID"), "{told:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workos_that_does_not_list_its_redirect_uris_is_warned_of() {
    let (world, workos) = (World::embedded().await, start_workos(&[]).await);
    let body = json!({ "code": "entity_not_found", "message": "Not found." });
    let path = "/user_management/redirect_uris";
    workos.arm(Fault::new(Name::Status).status(404).body(body).on("GET", path).times(9));
    let told = check(&world, &variables(&workos));
    assert_eq!(
        (told.status.success(), checks_with_status(&told, "warn")),
        (true, vec![ALL[2].to_owned()])
    );
    workos.disarm();
    let wild = start_workos(&["https://*.test/callback"]).await;
    assert_eq!(checks_with_status(&check(&world, &variables(&wild)), "warn"), ALL[2..]);
}

/// Signs somebody in whose way back meets this fault, and returns the status of the server's answer.
async fn sign_in(server: &Server, workos: &Simulator, fault: Option<Fault>) -> u16 {
    let (mut here, mut there) = (Person::new(server.origin()), Person::new(&workos.url));
    let away = here.get("/auth/sign-in").await.headers["location"].clone();
    let back = there.get(away.strip_prefix(&workos.url).expect("WorkOS")).await;
    if let Some(fault) = fault {
        workos.arm(fault);
    }
    let back = back.headers["location"].strip_prefix("http://127.0.0.1:0").expect("the way back");
    here.get(back).await.status
}

/// Starts a server whose people sign in at a simulated WorkOS.
async fn serving(world: &World) -> (Server, Simulator) {
    // The configured address of a server with a free port.
    let callback = "http://127.0.0.1:0/callback";
    let workos = start_workos(&[callback]).await;
    let mut variables = variables(&workos);
    variables.retain(|(name, _)| *name != "COVIBE_HOSTED_URL");
    variables.push(("NEXT_PUBLIC_WORKOS_REDIRECT_URI", callback.to_owned()));
    variables.push(("COVIBE_METRICS_BIND", "127.0.0.1:0".to_owned()));
    let variables: Vec<_> = variables.iter().map(|(name, it)| (*name, it.as_str())).collect();
    (Server::start_with(world, &variables), workos)
}

#[tokio::test(flavor = "multi_thread")]
async fn workos_calls_appear_in_health_and_metrics() {
    let world = World::embedded().await;
    let (server, workos) = serving(&world).await;
    let agent = Agent::new(server.origin(), "", None);
    let health = async || {
        let answer = agent.send("GET", "/api/health", &[], None).await;
        (answer.status, answer.json()["upstreams"]["workos"]["last_call"].clone())
    };
    assert_eq!(health().await, (200, json!("none")));
    assert_eq!(sign_in(&server, &workos, None).await, 303);
    assert_eq!(health().await, (200, json!("ok")));
    let fails = Fault::new(Name::Status).status(500).times(u32::MAX);
    assert_eq!(sign_in(&server, &workos, Some(fails)).await, 502);
    assert_eq!(health().await, (200, json!("failed")), "it is information");
    let page = Page::fetch(&server).await;
    for outcome in ["ok", "failed"] {
        let labels = [("upstream", "workos"), ("outcome", outcome)];
        assert!(page.get("covibe_upstream_calls_total", &labels) >= 1.0, "{outcome}");
    }
    let labels = [("upstream", "workos")];
    assert!(page.get("covibe_upstream_call_duration_seconds_count", &labels) >= 2.0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_email_address_of_another_person_is_logged_without_quoting_it() {
    let world = World::embedded().await;
    Person::member(&world, &world.mark, "countess", Role::Member).await;
    let (server, workos) = serving(&world).await;
    assert_eq!(sign_in(&server, &workos, None).await, 303);
    let admin = Agent::new(&workos.url, "", Some(workos.token.clone()));
    let users = admin.send("GET", "/user_management/users", &[], None).await.json();
    let path =
        format!("/user_management/users/{}", users["data"][0]["id"].as_str().expect("an id"));
    let email = "countess@example.com";
    let change = json!({ "email": email, "email_verified": true });
    assert_eq!(admin.send("PUT", &path, &[], Some(change.to_string())).await.status, 200);
    workos.set(Settings { signed_in: Some(email.to_owned()), ..Settings::default() });
    assert_eq!(sign_in(&server, &workos, None).await, 303);
    let log = server.ended_by("TERM").1;
    assert!(log.contains("so the old address was kept") && !log.contains("countess"), "{log}");
}
