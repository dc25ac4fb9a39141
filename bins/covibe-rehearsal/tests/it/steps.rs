//! The steps: those that pass, those that fail, and the remains.

use std::process::{Command, Output, Stdio};

use covibe_sandbox::Simulator;
use covibe_sandbox::faults::{Fault, Name};
use covibe_sandbox::workos::{self, CLIENT_ID, Collection, Options, Settings};
use covibe_workos::{NewUser, WorkOs, WorkOsConfig};
use serde_json::Value;

const CALLBACK: &str = "http://127.0.0.1:8787/callback";

/// An environment, and somebody else's client of it.
struct World {
    workos: Simulator,
    client: WorkOs,
}

impl World {
    async fn new() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let redirect_uris = vec![CALLBACK.to_owned()];
        let workos = workos::start(Options { redirect_uris, ..Options::default() }).await.unwrap();
        let mut config = WorkOsConfig::new(CLIENT_ID, workos.token.clone()).unwrap();
        config.base = workos.url.parse().unwrap();
        Self { workos, client: WorkOs::new(config).unwrap() }
    }
}

/// The kinds of objects that the rehearsal creates, all of which it must remove.
const MADE: [Collection; 5] = [
    Collection::Users,
    Collection::Organizations,
    Collection::Memberships,
    Collection::InvitationTokens,
    Collection::Sessions,
];

fn command(workos: &Simulator, changed: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_covibe-rehearsal"));
    command.env_clear().env("WORKOS_CLIENT_ID", CLIENT_ID);
    command.env("WORKOS_API_KEY", workos.token.expose()).env("WORKOS_API_URL", &workos.url);
    command.env("NEXT_PUBLIC_WORKOS_REDIRECT_URI", CALLBACK).envs(changed.iter().copied());
    command
}

fn rehearse(workos: &Simulator, changed: &[(&str, &str)]) -> Output {
    tokio::task::block_in_place(|| command(workos, changed).output().unwrap())
}

/// Returns the steps with this outcome.
fn steps(output: &Output, outcome: &str) -> Vec<String> {
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stdout.clone()).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let such = lines.filter(|line| line["outcome"] == outcome);
    such.map(|line| line["step"].as_str().unwrap().to_owned()).collect()
}

fn is_clean(workos: &Simulator) -> bool {
    MADE.iter().all(|collection| workos.names(*collection).is_empty())
}

#[tokio::test(flavor = "multi_thread")]
async fn every_rehearsal_step_passes_and_leaves_nothing_behind() {
    let world = World::new().await;
    let output = rehearse(&world.workos, &[]);
    assert_eq!(steps(&output, "failed"), Vec::<String>::new(), "{output:?}");
    assert_eq!(steps(&output, "passed").len(), 14, "{output:?}");
    assert_eq!(steps(&output, "skipped"), ["a person signs in with a browser"]);
    assert!(is_clean(&world.workos));
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(!said.contains(world.workos.token.expose()), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_step_is_reported_and_everything_is_still_removed() {
    for (method, path, failed) in [
        ("POST", "/organizations", "an organisation is created and found"),
        ("POST", "/user_management/organization_memberships", "the person becomes a member"),
        ("PUT", "/user_management/organization_memberships/*", "a renewal reports another role"),
        ("POST", "/user_management/invitations", "an invitation is created and revoked"),
        ("POST", "/user_management/sessions/revoke", "a revoked session is not renewed"),
    ] {
        for fault in [Name::Status, Name::StatusAfter] {
            let world = World::new().await;
            world.workos.arm(Fault::new(fault).on(method, path).times(9));
            let output = rehearse(&world.workos, &[]);
            assert!(steps(&output, "failed").contains(&failed.to_owned()), "{path} {output:?}");
            assert!(steps(&output, "passed").contains(&"everything is removed".to_owned()));
            assert!(is_clean(&world.workos), "{path} {fault:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_rehearsal_removes_the_leftovers_of_a_killed_one() {
    let world = World::new().await;
    let hold = world.workos.hold("POST", "/user_management/organization_memberships");
    let mut killed = command(&world.workos, &[]).stdout(Stdio::null()).spawn().unwrap();
    hold.arrived().await;
    killed.kill().unwrap();
    killed.wait().unwrap();
    hold.release();
    let left = [Collection::Users, Collection::Organizations].map(|one| world.workos.count(one));
    assert_eq!(left, [1, 1]);
    let output = rehearse(&world.workos, &[]);
    assert_eq!(steps(&output, "failed"), Vec::<String>::new(), "{output:?}");
    assert!(is_clean(&world.workos));
}

#[tokio::test(flavor = "multi_thread")]
async fn objects_with_the_ids_but_not_the_names_of_a_rehearsal_are_kept() {
    let world = World::new().await;
    world.client.create_organization("Acme", "covibe-rehearsal").await.unwrap();
    let (email, first_name) = ("covibe-rehearsal@example.com", Some("Co-Vibe"));
    world.client.create_user(NewUser { email, first_name, last_name: None }).await.unwrap();
    let output = rehearse(&world.workos, &[]);
    assert_eq!(steps(&output, "failed"), ["the remains of an earlier rehearsal are removed"]);
    let kept = [Collection::Users, Collection::Organizations].map(|one| world.workos.count(one));
    assert_eq!(kept, [1, 1], "they are somebody else's");
}

#[tokio::test(flavor = "multi_thread")]
async fn misconfigurations_of_the_workos_environment_are_reported() {
    let world = World::new().await;
    let unknown = [("NEXT_PUBLIC_WORKOS_REDIRECT_URI", "http://127.0.0.1:8787/elsewhere")];
    let output = rehearse(&world.workos, &unknown);
    assert_eq!(steps(&output, "failed"), ["the sign-in page answers"], "{output:?}");
    assert!(String::from_utf8_lossy(&output.stdout).contains("add it to Redirects"), "{output:?}");
    let output = rehearse(&world.workos, &[("NEXT_PUBLIC_WORKOS_REDIRECT_URI", "")]);
    assert_eq!(steps(&output, "skipped").len(), 2, "{output:?}");
    let output = rehearse(&world.workos, &[("WORKOS_API_KEY", "sk_hunter2")]);
    assert_eq!(steps(&output, "failed"), ["the credentials are accepted"], "{output:?}");
    assert!(!format!("{output:?}").contains("hunter2"), "{output:?}");
    world.workos.set(Settings { published: Vec::new(), ..Settings::default() });
    let output = rehearse(&world.workos, &[]);
    assert_eq!(steps(&output, "failed"), ["keys are published"], "{output:?}");
    assert!(is_clean(&world.workos));
}
