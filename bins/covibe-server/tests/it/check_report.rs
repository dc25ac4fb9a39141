//! `covibe-server check`: its report to an operator.

use std::process::{Command, Output, Stdio};
use std::time::{Duration, SystemTime};

use covibe_domain::Timestamp;
use covibe_sandbox::coolify::Version;
use covibe_testkit_http::{Agent, Options, World};
use serde_json::{Value, json};

use crate::server_binary;
use crate::server_process::Server;

pub(crate) fn check(world: &World, more: &[&str]) -> Output {
    let mut command = Command::new(server_binary::path());
    command.env_clear().envs(world.variables()).current_dir(env!("CARGO_TARGET_TMPDIR"));
    tokio::task::block_in_place(|| command.arg("check").args(more).output().expect("it starts"))
}

/// The names of the checks with this status.
pub(crate) fn of_status(output: &Output, status: &str) -> Vec<String> {
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let checks = told["checks"].as_array().expect("a list").iter();
    let such = checks.filter(|check| check["status"] == status);
    such.filter_map(|check| check["name"].as_str().map(str::to_owned)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn check_of_a_good_configuration_passes_and_changes_nothing() {
    for version in Version::ALL {
        let mut options = Options::default();
        options.coolify.version = version;
        let settings = &mut options.gitea.settings;
        settings.version = "1.25.4".to_owned();
        (settings.sign_up, settings.migrations, settings.mirrors) = (false, false, false);
        let world = World::start(options).await.expect("SQLite is built in");
        let projects = world.coolify.count(covibe_sandbox::coolify::Collection::Projects);
        let good = check(&world, &["--json"]);
        assert!(good.status.success(), "{good:?}");
        // Older ones build another commit than the one that was checked.
        let lacks = ["workspaces.networks", "repositories.builds"];
        let lacks = if version < Version::V4_3 { &lacks[..] } else { &[] };
        assert_eq!(of_status(&good, "warn"), lacks);
        assert!(of_status(&good, "fail").is_empty());
        assert_eq!(of_status(&good, "pass").len() + of_status(&good, "warn").len(), 36, "{good:?}");
        assert_eq!(world.coolify.count(covibe_sandbox::coolify::Collection::Projects), projects);
        assert_eq!(world.coolify.count(covibe_sandbox::coolify::Collection::Deployments), 0);
        for collection in covibe_sandbox::gitea::Collection::ALL {
            let names = world.gitea.names(collection);
            assert!(!names.iter().any(|name| name.contains("check")), "{names:?}");
        }
        let lines = check(&world, &[]);
        let lines = String::from_utf8_lossy(&lines.stdout).into_owned();
        let line = format!("PASS coolify.version: {}\n", version.text());
        assert!(lines.contains(&line) && lines.contains("PASS gitea.scopes: "), "{lines}");
        for secret in [&world.coolify.token, &world.gitea.token] {
            assert!(!lines.contains(secret.expose()), "{lines}");
        }
    }
}

/// The address for people must be Gitea's own (`ROOT_URL`), or its links lead elsewhere.
#[tokio::test(flavor = "multi_thread")]
async fn a_public_address_other_than_giteas_root_url_is_a_warning() {
    let world = World::embedded().await;
    let mut command = Command::new(server_binary::path());
    command.env_clear().envs(world.variables()).current_dir(env!("CARGO_TARGET_TMPDIR"));
    command.env("GITEA_PUBLIC_URL", "https://git.example").args(["check", "--json"]);
    let told = tokio::task::block_in_place(|| command.output().expect("it starts"));
    assert!(told.status.success(), "{told:?}");
    assert!(of_status(&told, "warn").contains(&"gitea.address".to_owned()), "{told:?}");
}

/// A runner of the instance runs what any workspace pushes, and Caddy what any image says.
#[tokio::test(flavor = "multi_thread")]
async fn instance_wide_runners_are_a_warning_and_the_caddy_proxy_a_failure() {
    let (world, path) = (World::embedded().await, "/admin/actions/runners/registration-token");
    let operator = world.operator();
    operator.use_proxy("caddy").await;
    let token = operator.gitea("POST", path, &json!({})).await["token"].clone();
    let runner = json!({ "name": "of-all", "token": token });
    let path = "/api/actions/runner.v1.RunnerService/Register";
    let instance = Agent::new(&world.gitea.url, "", None);
    assert_eq!(instance.json("POST", path, &runner).await.status, 200);
    let told = check(&world, &["--json"]);
    assert_eq!(of_status(&told, "fail"), ["coolify.proxy"]);
    assert!(of_status(&told, "warn").contains(&"gitea.runners".to_owned()), "{told:?}");
}

/// Returns the trial accounts that are in Gitea.
fn trial_accounts(world: &World) -> Vec<String> {
    use covibe_sandbox::gitea::Collection::{Organisations, Users};
    let names = [Users, Organisations].into_iter().flat_map(|each| world.gitea.names(each));
    names.filter(|name| name.contains("co-vibe-check-")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn check_deletes_trial_accounts_left_by_a_killed_check() {
    let world = World::embedded().await;
    let minutes_ago = |minutes: u64| {
        let then = SystemTime::now() - Duration::from_mins(minutes);
        Timestamp::from(then).to_string()
    };
    for (name, email, minutes) in [
        ("co-vibe-check-00000000000a", "co-vibe-check-00000000000a@bots.invalid", 10),
        ("co-vibe-check-00000000000b", "co-vibe-check-00000000000b@bots.invalid", 1),
        ("co-vibe-check-00000000000c", "somebody@else.test", 10),
        ("co-vibe-check-up", "co-vibe-check-up@bots.invalid", 10),
    ] {
        let body = json!({ "username": name, "email": email, "password": "Long-Enough-1!",
                           "visibility": "private", "created_at": minutes_ago(minutes) });
        world.operator().gitea("POST", "/admin/users", &body).await;
    }
    let org = json!({ "username": "co-vibe-check-00000000000a-org" });
    world.operator().gitea("POST", "/admin/users/root/orgs", &org).await;
    assert!(check(&world, &[]).status.success());
    let left = trial_accounts(&world);
    let kept = ["co-vibe-check-00000000000b", "co-vibe-check-00000000000c", "co-vibe-check-up"];
    assert_eq!(left, kept);
}

#[cfg(unix)]
#[tokio::test(flavor = "multi_thread")]
async fn a_signal_stops_the_check_and_its_trial_accounts_are_deleted() {
    for signal in ["-TERM", "-INT"] {
        let world = World::embedded().await;
        let hold = world.gitea.hold("POST", "/users/*/tokens$");
        let mut command = Command::new(server_binary::path());
        command.env_clear().envs(world.variables()).current_dir(env!("CARGO_TARGET_TMPDIR"));
        command.args(["check", "--json"]).stdout(Stdio::piped()).stderr(Stdio::null());
        let child = command.spawn().expect("it starts");
        hold.arrived().await;
        assert_eq!(trial_accounts(&world).len(), 2);
        let id = child.id().to_string();
        let sent = Command::new("kill").args([signal, &id]).status().expect("kill");
        assert!(sent.success());
        let output = tokio::task::block_in_place(|| child.wait_with_output().expect("an end"));
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert!(failures(&output).contains("stopped by a signal"), "{output:?}");
        assert_eq!(trial_accounts(&world), Vec::<String>::new());
    }
}

/// The messages of the failed checks, with their names.
fn failures(output: &Output) -> String {
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let checks = told["checks"].as_array().expect("a list").iter();
    let failed = checks.filter(|check| check["status"] == "fail");
    failed.map(Value::to_string).collect::<Vec<_>>().join("\n")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_with_an_old_coolify_refuses_what_needs_it() {
    let mut options = Options::default();
    options.coolify.told_version = Some("4.0.0-beta.460".to_owned());
    let world = World::start(options).await.expect("SQLite is built in");
    let server = Server::start(&world);
    let agent = server.agent(&world.mark);
    let answer = loop {
        let answer = agent.compact_raw("apps.list", &json!({})).await;
        if answer.status != 200 {
            break answer;
        }
    };
    assert_eq!(answer.status, 503, "{}", answer.text);
    assert!(answer.text.contains("4.0.0-beta.460"), "{}", answer.text);
}

/// The world's variables, with another value for one of them.
pub(crate) fn check_with(world: &World, name: &str, value: &str) -> Output {
    let mut command = Command::new(server_binary::path());
    command.env_clear().envs(world.variables()).current_dir(env!("CARGO_TARGET_TMPDIR"));
    command.env(name, value).args(["check", "--json"]);
    tokio::task::block_in_place(|| command.output().expect("it starts"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_does_not_open_the_stored_secrets_fails() {
    let world = World::embedded().await;
    let ready = world.mark.agent.json("POST", "/api/workspaces/mark/provision", &json!({})).await;
    assert_eq!(ready.status, 200, "{}", ready.text);
    assert!(of_status(&check(&world, &["--json"]), "pass").contains(&"secrets".to_owned()));
    let other = covibe_crypto::SecretBox::fresh_config();
    let failed = check_with(&world, "VIBN_SECRETS_KEY", other.expose());
    assert_eq!(of_status(&failed, "fail"), ["secrets"]);
    assert!(failures(&failed).contains("set the VIBN_SECRETS_KEY"), "{failed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_connection_failure_is_reported_in_one_line_with_its_cause() {
    let world = World::embedded().await;
    let port = world.coolify.url.rsplit(':').next().expect("a port");
    for (url, expected) in [
        ("http://nohost.invalid".to_owned(), "could not be resolved (DNS)"),
        ("http://127.0.0.1:1".to_owned(), "connection refused"),
        (format!("https://127.0.0.1:{port}"), "TLS fails"),
    ] {
        let failed = check_with(&world, "COOLIFY_API_URL", &url);
        assert_eq!(of_status(&failed, "fail"), ["coolify.address"], "{url}: {failed:?}");
        assert!(failures(&failed).contains(expected), "{url}: {failed:?}");
        assert!(failed.stderr.len() < 200, "the cause is told once: {failed:?}");
    }
}
