//! The key of the stored secrets: a wrong one is refused, and it is replaced without a failed call.

use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use covibe_crypto::SecretBox;
use covibe_domain::Secret;
use covibe_store::Backend;
use covibe_testkit_http::support::unframed;
use covibe_testkit_http::{Agent, Options, World};
use parking_lot::Mutex;
use serde_json::json;
use tokio::sync::watch;

use crate::current_directory_and_migrate::{err, out};
use crate::operator_commands::Operator;
use crate::server_binary;
use crate::server_process::Server;

async fn provisioned(backend: Backend) -> Option<World> {
    let world = World::start(Options { backend, ..Options::default() }).await?;
    for member in [&world.mark, &world.justine] {
        let path = format!("/api/workspaces/{}/provision", member.agent.slug);
        let ready = member.agent.json("POST", &path, &json!({})).await;
        assert_eq!(ready.status, 200, "{}", ready.text);
    }
    Some(world)
}

fn id(key: &Secret) -> String {
    SecretBox::from_config(key).expect("a key").newest_id().to_owned()
}

/// Starts a server that should end at once. Returns its output.
fn refusal(world: &World, key: &str) -> String {
    let mut command = Command::new(server_binary::path());
    command.env_clear().envs(world.variables()).current_dir(env!("CARGO_TARGET_TMPDIR"));
    command.env("VIBN_SECRETS_KEY", key).arg("serve").stdin(Stdio::null());
    let output = tokio::task::block_in_place(|| command.output().expect("it starts"));
    assert!(!output.status.success(), "{output:?}");
    err(&output)
}

/// On PostgreSQL the server may not list the tenants whose secrets it could try.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_does_not_start_with_a_key_that_did_not_encrypt_the_stored_secrets() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(world) = provisioned(backend).await else { continue };
        let other = SecretBox::fresh_config();
        let said = refusal(&world, other.expose());
        for expected in [id(world.secrets_key()), id(&other)] {
            assert!(said.contains(&expected), "{expected}: {said}");
        }
        let server = tokio::task::block_in_place(|| Server::start(&world));
        let agent = server.agent(&world.mark);
        agent.compact("gitea.credentials", &json!({})).await.expect("the right key still opens it");
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn check_counts_secrets_by_key_and_rotate_reencrypts_them_with_the_new_key() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(world) = provisioned(backend).await else { continue };
        let (old, new) = (world.secrets_key().clone(), SecretBox::fresh_config());
        let both = format!("{},{}", new.expose(), old.expose());
        let mut operator = Operator::in_world(&world).with("VIBN_SECRETS_KEY", &both);
        let (old_id, new_id) = (id(&old), id(&new));
        let checked = out(&operator.run(&["check"]));
        assert!(checked.contains(&format!("4 encrypted with {old_id}, an older key")), "{checked}");
        // A second run has nothing to do.
        for expected in ["4 secrets", "0 secrets"] {
            let rotated = operator.run(&["secrets", "rotate"]);
            assert!(rotated.status.success(), "{rotated:?}");
            let line = format!("{expected} were encrypted with {new_id}.");
            assert!(out(&rotated).contains(&line), "{rotated:?}");
        }
        operator = operator.with("VIBN_SECRETS_KEY", new.expose());
        let checked = out(&operator.run(&["check"]));
        assert!(checked.contains(&format!("4 encrypted with {new_id}")), "{checked}");
        assert!(refusal(&world, old.expose()).contains(&new_id));
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_of_a_lost_key_are_discarded_only_on_request() {
    let world = provisioned(Backend::Sqlite).await.expect("SQLite is built in");
    let new = SecretBox::fresh_config();
    let operator = Operator::in_world(&world).with("VIBN_SECRETS_KEY", new.expose());
    let refused = operator.run(&["secrets", "rotate"]);
    assert!(!refused.status.success(), "{refused:?}");
    assert!(err(&refused).contains(&id(world.secrets_key())), "{refused:?}");
    let discarded = operator.run(&["secrets", "rotate", "--discard-unreadable"]);
    assert!(discarded.status.success(), "{discarded:?}");
    assert!(
        out(&discarded).contains("4 secrets were deleted, because no key opens them."),
        "{discarded:?}"
    );
    let server = Server::start_with(&world, &[("VIBN_SECRETS_KEY", new.expose())]);
    let agent = server.agent(&world.mark);
    let ready = agent.json("POST", "/api/workspaces/mark/provision", &json!({})).await;
    assert_eq!(ready.status, 200, "{}", ready.text);
    agent.compact("gitea.credentials", &json!({})).await.expect("new credentials");
}

/// The secret of object storage is one of them: apps get it after the older key is gone, and another one where
/// it was lost.
#[tokio::test(flavor = "multi_thread")]
async fn the_object_storage_secret_is_rotated_or_discarded_like_the_others() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(world) = provisioned(backend).await else { continue };
        let mark = &world.mark.agent;
        let made = mark.compact("storage.provision", &json!({})).await.expect("a bucket");
        let app = json!({ "image": "nginx:1.27", "name": "shop", "instantDeploy": false });
        let app = mark.compact("apps.create", &app).await.expect("an app")["uuid"].clone();
        let uuid = app.as_str().expect("a text");
        let inject = json!({ "uuid": app });
        mark.compact("storage.inject_env", &inject).await.expect("variables");
        let before = world.app_variables("applications", uuid).await;
        let new = SecretBox::fresh_config();
        let both = format!("{},{}", new.expose(), world.secrets_key().expose());
        let operator = Operator::in_world(&world).with("VIBN_SECRETS_KEY", &both);
        let rotated = operator.run(&["secrets", "rotate"]);
        let line = format!("5 secrets were encrypted with {}.", id(&new));
        assert!(out(&rotated).contains(&line), "{rotated:?}");
        let start = |key: &Secret| {
            let key = [("VIBN_SECRETS_KEY", key.expose())];
            tokio::task::block_in_place(|| Server::start_with(&world, &key))
        };
        let server = start(&new);
        let agent = server.agent(&world.mark);
        let again = agent.compact("storage.inject_env", &inject).await.expect("variables");
        assert_eq!(again["needsDeploy"], false, "the same secret: {again}");
        drop(server);
        // That key is lost.
        let other = SecretBox::fresh_config();
        let operator = Operator::in_world(&world).with("VIBN_SECRETS_KEY", other.expose());
        let discarded = operator.run(&["secrets", "rotate", "--discard-unreadable"]);
        assert!(
            out(&discarded).contains("5 secrets were deleted, because no key opens them."),
            "{discarded:?}"
        );
        let server = start(&other);
        let agent = server.agent(&world.mark);
        let missing = agent.compact_raw("storage.inject_env", &inject).await;
        assert_eq!(missing.status, 503, "{}", missing.text);
        let path = "/api/workspaces/mark/provision";
        assert_eq!(agent.json("POST", path, &json!({})).await.status, 200);
        let another = agent.compact("storage.provision", &json!({})).await.expect("another key");
        assert_eq!(another["storage"]["bucket"], made["storage"]["bucket"]);
        assert_eq!(another.get("needsDeploy"), None, "it does not run: {another}");
        let after = world.app_variables("applications", uuid).await;
        let secret = "STORAGE_SECRET_ACCESS_KEY";
        assert_ne!(before[secret], after[secret]);
        drop(server);
        world.stop().await;
    }
}

/// A command that runs without its client keeps its output in the database.
#[tokio::test(flavor = "multi_thread")]
async fn the_output_of_a_detached_command_is_read_with_the_new_key() {
    let answered_after = Duration::from_millis(50);
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let options = Options { backend, docker: true, ..Options::default() }
            .with_settings(|it| it.detached.answered_after = answered_after);
        let Some(world) = World::start(options).await else { continue };
        let mark = &world.mark.agent;
        let app = json!({ "image": "nginx:1.27", "name": "shop" });
        let app = mark.compact("apps.create", &app).await.expect("an app")["uuid"].clone();
        world.coolify.advance(Duration::from_mins(1));
        let command = json!({ "uuid": app, "command": "echo kept; sleep 1", "detach": true });
        let id = mark.compact("apps.exec", &command).await.expect("a command")["id"].clone();
        let read = json!({ "uuid": app, "id": id, "wait_ms": 50_000 });
        mark.compact("apps.exec_result", &read).await.expect("an end");
        let new = SecretBox::fresh_config();
        let both = format!("{},{}", new.expose(), world.secrets_key().expose());
        let operator = Operator::in_world(&world).with("VIBN_SECRETS_KEY", &both);
        let rotated = operator.run(&["secrets", "rotate"]);
        assert!(rotated.status.success(), "{rotated:?}");
        let key = [("VIBN_SECRETS_KEY", new.expose())];
        let server = tokio::task::block_in_place(|| Server::start_with(&world, &key));
        let again = server.agent(&world.mark).compact("apps.exec_result", &read).await;
        let again = again.expect("the same end");
        assert_eq!((unframed(&again["stdout"]), &again["code"]), ("kept\n", &json!(0)), "{again}");
        drop(server);
        world.stop().await;
    }
}

/// Two servers and the agents that callers use: a load balancer takes a server out before it stops.
struct Fleet {
    servers: Vec<Server>,
    in_service: Arc<Mutex<Vec<Arc<Agent>>>>,
}

impl Fleet {
    fn start(world: &World, keys: &str) -> Self {
        let servers: Vec<_> = (0..2).map(|_| Self::server(world, keys)).collect();
        let agents = servers.iter().map(|server| Arc::new(server.agent(&world.mark))).collect();
        Self { servers, in_service: Arc::new(Mutex::new(agents)) }
    }

    fn server(world: &World, keys: &str) -> Server {
        let rates = ["CALLS", "CHANGES"].map(|what| format!("COVIBE_MAX_{what}_PER_SECOND"));
        let names = rates.into_iter().flat_map(|key| [format!("{key}_PER_TENANT"), key]);
        let names: Vec<_> = names.collect();
        let mut variables = vec![("VIBN_SECRETS_KEY", keys)];
        variables.extend(names.iter().map(|name| (name.as_str(), "100000")));
        tokio::task::block_in_place(|| Server::start_with(world, &variables))
    }

    /// Replaces each server by one with these keys.
    fn roll(&mut self, world: &World, keys: &str) {
        for _ in 0..self.servers.len() {
            let agent = self.in_service.lock().remove(0);
            // Its calls end first: one that is sent while a connection is closed gets no answer.
            while Arc::strong_count(&agent) > 1 {
                std::thread::sleep(Duration::from_millis(1));
            }
            let old = self.servers.remove(0);
            old.signal("TERM");
            let (status, log) = tokio::task::block_in_place(|| old.wait_for_end());
            assert!(status.success(), "{log}");
            let new = Self::server(world, keys);
            self.in_service.lock().push(Arc::new(new.agent(&world.mark)));
            self.servers.push(new);
        }
    }
}

/// The number of the load's calls that may run at the same time: fewer than a workspace may make.
const TOGETHER: usize = 32;

/// The least number of calls during each step of a rotation.
const EACH_STEP: usize = 50;

/// Makes 200 calls a second, or as many as the machine answers, until it is cancelled, and reports their number.
/// Some open a stored secret.
async fn load(
    in_service: Arc<Mutex<Vec<Arc<Agent>>>>,
    ended: tokio_util::sync::CancellationToken,
    made: watch::Sender<usize>,
) {
    let mut ticks = tokio::time::interval(Duration::from_millis(5));
    // Calls that a busy moment delays are made up for.
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Burst);
    let mut calls = tokio::task::JoinSet::new();
    let places = Arc::new(tokio::sync::Semaphore::new(TOGETHER));
    while !ended.is_cancelled() {
        ticks.tick().await;
        let place = Arc::clone(&places).acquire_owned().await.expect("a place");
        let agent = {
            let agents = in_service.lock();
            Arc::clone(&agents[*made.borrow() % agents.len()])
        };
        let opens_a_secret = made.borrow().is_multiple_of(8);
        made.send_modify(|made| *made += 1);
        let tool = if opens_a_secret { "gitea.credentials" } else { "workspace.describe" };
        calls.spawn(async move {
            agent.compact(tool, &json!({})).await.expect("no call fails");
            drop(place);
        });
        while let Some(done) = calls.try_join_next() {
            done.expect("no call fails");
        }
    }
    while let Some(done) = calls.join_next().await {
        done.expect("no call fails");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_rotation_on_two_servers_under_load_fails_no_call() {
    let Some(world) = provisioned(Backend::Postgres).await else { return };
    let (old, new) = (world.secrets_key().clone(), SecretBox::fresh_config());
    let pair = |first: &Secret, second: &Secret| format!("{},{}", first.expose(), second.expose());
    let mut fleet = Fleet::start(&world, old.expose());
    let ended = tokio_util::sync::CancellationToken::new();
    let (made, mut seen) = watch::channel(0);
    let mut some_more = async || {
        let enough = *seen.borrow() + EACH_STEP;
        seen.wait_for(|made| *made >= enough).await.map(|made| *made).expect("no call fails")
    };
    let begun = Instant::now();
    let load = tokio::spawn(load(Arc::clone(&fleet.in_service), ended.clone(), made));
    for keys in [pair(&old, &new), pair(&new, &old)] {
        some_more().await;
        fleet.roll(&world, &keys);
    }
    some_more().await;
    let operator = Operator::in_world(&world).with("VIBN_SECRETS_KEY", &pair(&new, &old));
    let rotated = operator.run(&["secrets", "rotate"]);
    assert!(rotated.status.success(), "{rotated:?}");
    assert!(out(&rotated).contains(&format!("No longer needed: {}", id(&old))), "{rotated:?}");
    fleet.roll(&world, new.expose());
    let made = some_more().await;
    let seconds = begun.elapsed().as_secs_f64();
    ended.cancel();
    load.await.expect("no call fails");
    let rate = f64::from(u32::try_from(made).expect("a small number")) / seconds;
    eprintln!("{made} calls, {rate:.0} a second");
    world.stop().await;
}
