//! `covibe-server compose rewrite`: the files of older apps become what would be sent today.

use std::process::{Command, Output};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use covibe_sandbox::faults::{Fault, Name};
use covibe_store::Backend;
use covibe_testkit_http::{Location, Member, Options, World};
use serde_json::{Value, json};

use crate::binary;

/// A file as an earlier release sent it.
const OLD: &str = "
services:
  web:
    image: nginx:1
    hostname: acme-v02.api.letsencrypt.org
    networks: {front: {aliases: [www]}}
    environment: {LEVEL: '${LEVEL:-info}', PASS: '${SERVICE_PASSWORD_WEB}'}
  probe: {image: 'acme/probe:1', command: [ping, www]}
networks: {front: {driver: bridge}}
";

fn rewrite(world: &World, more: &[&str]) -> Output {
    let mut command = Command::new(binary::path());
    command.env_clear().envs(world.variables()).current_dir(env!("CARGO_TARGET_TMPDIR"));
    if let Location::Server(at) = world.location() {
        command.env("COVIBE_POSTGRES_ADMIN_URL", at.admin_url.expose());
    }
    command.args(["compose", "rewrite"]).args(more).output().expect("it starts")
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// Creates an app, and gives it a file past this server.
async fn plant(world: &World, member: &Member, name: &str, file: &str) -> String {
    let params = json!({ "composeRaw": "services: {web: {image: 'nginx:1'}}", "name": name,
                         "instantDeploy": false });
    let made = member.agent.compact("apps.create", &params).await.expect("an app");
    let path = format!("/services/{}", made["uuid"].as_str().expect("a text"));
    let body = json!({ "docker_compose_raw": STANDARD.encode(file) });
    world.operator().coolify("PATCH", &path, &body).await;
    path
}

async fn file(world: &World, path: &str) -> String {
    let service = world.operator().coolify("GET", path, &Value::Null).await;
    service["docker_compose_raw"].as_str().expect("a text").to_owned()
}

async fn values(world: &World, path: &str) -> Vec<Value> {
    let mut envs = world.operator().coolify_list(&format!("{path}/envs")).await;
    envs.sort_by_key(|env| env["key"].to_string());
    envs.iter().map(|env| json!([env["key"], env["value"]])).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn older_files_of_all_workspaces_are_rewritten() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(world) = World::start(Options { backend, ..Options::default() }).await else {
            continue;
        };
        let mark = plant(&world, &world.mark, "old", OLD).await;
        let justine = plant(&world, &world.justine, "old", OLD).await;
        let before = values(&world, &mark).await;
        let dry = rewrite(&world, &[]);
        assert!(dry.status.success(), "{dry:?}");
        let told = text(&dry);
        for line in ["mark/old (", "justine/old (", "services.web.networks removed", "Pass --apply"]
        {
            assert!(told.contains(line), "{line}: {told}");
        }
        assert!(file(&world, &mark).await.contains("networks"), "nothing was written");
        let applied = rewrite(&world, &["--apply"]);
        assert!(text(&applied).contains("2 rewritten, 0 unchanged, 0 failed."), "{applied:?}");
        for path in [&mark, &justine] {
            let file = file(&world, path).await;
            assert!(!file.contains("networks") && !file.contains("letsencrypt"), "{file}");
            assert!(file.contains("docker.io/library/nginx:1"), "{file}");
            assert!(file.contains("web:www"), "an alias that is used becomes a link: {file}");
        }
        assert_eq!(values(&world, &mark).await, before, "passwords and values stay");
        let again = rewrite(&world, &["--apply"]);
        assert!(text(&again).contains("0 rewritten, 2 unchanged, 0 failed."), "{again:?}");
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_interrupted_rewriting_is_continued_and_a_refused_file_is_told() {
    let world = World::embedded().await;
    let (first, second) = (
        plant(&world, &world.mark, "one", OLD).await,
        plant(&world, &world.mark, "two", OLD).await,
    );
    world.coolify.arm(Fault::new(Name::Status).on("PATCH", "/services/*$"));
    let broken = rewrite(&world, &["--apply", "--json"]);
    assert!(!broken.status.success(), "{broken:?}");
    let lines = text(&broken);
    let outcomes: Vec<Value> =
        lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    let count = |outcome: &str| outcomes.iter().filter(|it| it["outcome"] == outcome).count();
    assert_eq!((count("failed"), count("rewritten")), (1, 1), "{lines}");
    let again = rewrite(&world, &["--apply"]);
    assert!(text(&again).contains("1 rewritten, 1 unchanged, 0 failed."), "{again:?}");
    for path in [&first, &second] {
        assert!(!file(&world, path).await.contains("networks"));
    }
    let bad = "services: {web: {image: 'nginx:1', privileged: true}}";
    let refused = plant(&world, &world.mark, "bad", bad).await;
    let told = rewrite(&world, &["--apply"]);
    assert!(!told.status.success() && text(&told).contains("mark/bad"), "{told:?}");
    assert!(file(&world, &refused).await.contains("privileged"), "its tenant has to change it");
    let mut tx = world.store.tenant_read(&world.mark.record.tenant).await.expect("a transaction");
    let entries = tx.audit(&world.mark.record.id, 100).await.expect("the audit");
    let noted = entries.iter().filter(|entry| entry.tool == "compose.rewrite");
    let noted: Vec<_> =
        noted.map(|entry| (entry.surface.as_str(), entry.outcome.as_str())).collect();
    assert_eq!(noted.iter().filter(|it| **it == ("cli", "ok")).count(), 2, "{noted:?}");
}

/// Rewrites all files, and does something while the command's request with this method and path is held.
fn rewrite_meanwhile(
    world: &World,
    (method, path): (&str, &str),
    meanwhile: impl Future<Output = ()>,
) -> Output {
    let held = world.coolify.hold(method, path);
    std::thread::scope(|scope| {
        let command = scope.spawn(|| rewrite(world, &["--apply"]));
        tokio::task::block_in_place(|| {
            tokio::runtime::Handle::current().block_on(async {
                held.arrived().await;
                meanwhile.await;
                held.release();
            });
        });
        command.join().expect("an output")
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_that_its_tenant_changes_meanwhile_is_not_overwritten() {
    let world = World::embedded().await;
    let path = plant(&world, &world.mark, "old", OLD).await;
    let change = async {
        let body =
            json!({ "docker_compose_raw": STANDARD.encode(OLD.replace("nginx:1", "nginx:2")) });
        world.operator().coolify("PATCH", &path, &body).await;
    };
    let applied = rewrite_meanwhile(&world, ("GET", "/services/*/envs"), change);
    assert!(text(&applied).contains("1 rewritten, 0 unchanged, 0 failed."), "{applied:?}");
    let file = file(&world, &path).await;
    assert!(file.contains("docker.io/library/nginx:2") && !file.contains("networks"), "{file}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rewriting_that_the_rate_limit_interrupts_is_finished_and_told() {
    let world = World::embedded().await;
    let path = plant(&world, &world.mark, "old", OLD).await;
    // The file is written, and the app can't be read afterwards.
    let at = format!("{path}$");
    let limit = async { world.coolify.arm(Fault::new(Name::Limited).on("GET", &at).times(4)) };
    let applied = rewrite_meanwhile(&world, ("PATCH", &at), limit);
    assert!(text(&applied).contains("1 rewritten, 0 unchanged, 0 failed."), "{applied:?}");
    assert!(text(&applied).contains("services.web.networks removed"), "{applied:?}");
    let mut tx = world.store.tenant_read(&world.mark.record.tenant).await.expect("a transaction");
    let entries = tx.audit(&world.mark.record.id, 100).await.expect("the audit");
    let noted = entries.iter().filter(|entry| entry.tool == "compose.rewrite");
    let mut noted: Vec<_> = noted.map(|entry| entry.outcome.as_str()).collect();
    noted.sort_unstable();
    assert_eq!(noted, ["limited", "ok", "started"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dry_run_names_apps_that_would_be_stopped() {
    let world = World::embedded().await;
    let path = plant(&world, &world.mark, "old", OLD).await;
    let quiet = text(&rewrite(&world, &[]));
    assert!(!quiet.contains("would be stopped"), "{quiet}");
    // Coolify routes this image by the values of two variables.
    for key in ["MINIO_SERVER_URL", "MINIO_BROWSER_REDIRECT_URL"] {
        let env = json!({ "key": key, "value": "https://app.justine.vibnai.com" });
        world.operator().coolify("POST", &format!("{path}/envs"), &env).await;
    }
    let body =
        json!({ "docker_compose_raw": STANDARD.encode("services: {web: {image: minio/minio}}") });
    world.operator().coolify("PATCH", &path, &body).await;
    let told = text(&rewrite(&world, &[]));
    assert!(told.contains("would be stopped"), "{told}");
}
