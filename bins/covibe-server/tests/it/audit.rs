//! `covibe-server audit`: calls are listed, and a chain is whole until somebody changes it.

use std::process::{Command, Output};

use covibe_domain::Timestamp;
use covibe_store::Backend;
use covibe_testkit_http::{Location, Options, World};
use diesel::connection::SimpleConnection as _;
use diesel::{Connection as _, SqliteConnection};
use serde_json::{Value, json};
use tokio_postgres::NoTls;

use crate::server_binary;

fn verify(world: &World, more: &[&str]) -> Output {
    audit(world, &[&["verify"], more].concat())
}

fn audit(world: &World, arguments: &[&str]) -> Output {
    let mut command = Command::new(server_binary::path());
    command.env_clear().envs(world.variables()).current_dir(env!("CARGO_TARGET_TMPDIR"));
    if let Location::Server(at) = world.location() {
        command.env("COVIBE_POSTGRES_ADMIN_URL", at.admin_url.expose());
    }
    command.arg("audit").args(arguments).output().expect("it starts")
}

/// The statements that remove the protection from accidental changes.
const TRIGGERS: &str = "DROP TRIGGER IF EXISTS audit_log_keeps_entries;
    DROP TRIGGER IF EXISTS audit_log_keeps_texts; DROP TRIGGER IF EXISTS audit_heads_are_kept;";

/// Changes rows, like somebody who has the file, or is the cluster's superuser.
pub(crate) async fn tamper(world: &World, sql: &str) {
    match world.location() {
        Location::File(path) => {
            let mut file = SqliteConnection::establish(path.to_str().expect("UTF-8"));
            let sql = format!("{TRIGGERS} {sql}");
            file.as_mut().expect("the file").batch_execute(&sql).expect("it is done");
        }
        Location::Server(at) => {
            let connected = tokio_postgres::connect(at.superuser_url.expose(), NoTls).await;
            let (client, connection) = connected.expect("a connection");
            let driver = tokio::spawn(connection);
            client.batch_execute(sql).await.expect("it is done");
            drop(client);
            driver.await.expect("no panic").expect("a clean end");
        }
    }
}

/// Returns the part of the output about a tenant.
fn report_of(output: &Output, tenant: &str) -> Value {
    let told: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let mut tenants = told["tenants"].as_array().expect("a list").iter();
    tenants.find(|each| each["tenant"] == tenant).expect("the tenant").clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn audit_verify_reports_tampered_entries_of_the_right_tenant() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(world) = World::start(Options { backend, ..Options::default() }).await else {
            continue;
        };
        for agent in [&world.mark.agent, &world.justine.agent] {
            agent.compact("gitea.credentials", &json!({})).await.expect("credentials");
            agent.compact("workspace.describe", &json!({})).await.expect("a description");
        }
        world.dispatcher.flush().await;
        let (mark, justine) =
            (world.mark.record.tenant.as_str(), world.justine.record.tenant.as_str());
        let whole = verify(&world, &["--json"]);
        assert!(whole.status.success(), "{whole:?}");
        for tenant in [mark, justine] {
            assert_eq!(report_of(&whole, tenant)["ok"], true, "{whole:?}");
            assert!(report_of(&whole, tenant)["entries"].as_i64() > Some(8), "{whole:?}");
        }
        let folder = tempfile::tempdir().expect("a folder");
        let kept = folder.path().join("heads.json");
        std::fs::write(&kept, &whole.stdout).expect("a file");
        let expect = ["--json", "--expect", kept.to_str().expect("UTF-8")];
        assert!(verify(&world, &expect).status.success());
        let other = String::from_utf8_lossy(&whole.stdout).replace("\"head\":\"", "\"head\":\"0");
        std::fs::write(&kept, other).expect("a file");
        let differs = verify(&world, &expect);
        assert!(!differs.status.success(), "{differs:?}");
        assert_eq!(
            report_of(&differs, mark)["problem"]["seq"],
            report_of(&whole, mark)["seq"],
            "{differs:?}"
        );
        let tomorrow = ["--json", "--since", "2999-01-01"];
        assert_eq!(report_of(&verify(&world, &tomorrow), mark)["entries"], 0);
        for (sql, seq) in [
            (
                format!(
                    "UPDATE audit_log SET outcome = 'failed' WHERE seq = 5 AND tenant_id = '{mark}'"
                ),
                5,
            ),
            (format!("DELETE FROM audit_log WHERE seq = 3 AND tenant_id = '{mark}'"), 3),
        ] {
            tamper(&world, &sql).await;
            let broken = verify(&world, &["--json"]);
            assert!(!broken.status.success(), "{broken:?}");
            assert_eq!(report_of(&broken, mark)["ok"], false, "{broken:?}");
            assert_eq!(report_of(&broken, mark)["problem"]["seq"], seq, "{broken:?}");
            assert_eq!(report_of(&broken, justine), report_of(&whole, justine));
        }
        let lines = verify(&world, &[]);
        let lines = String::from_utf8_lossy(&lines.stdout).into_owned();
        assert!(lines.contains(&format!("FAIL {mark}: entry 3 is missing")), "{lines}");
        assert!(lines.contains(&format!("PASS {justine}: ")), "{lines}");
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn audit_list_filters_by_tenant_key_and_tool() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(world) = World::start(Options { backend, ..Options::default() }).await else {
            continue;
        };
        let (mark, justine) = (&world.mark, &world.justine);
        for agent in [&mark.agent, &justine.agent, &world.tenants_agent(mark).await] {
            agent.compact("workspace.describe", &json!({})).await.expect("a description");
            agent.compact("projects.list", &json!({})).await.expect("a list");
        }
        world.dispatcher.flush().await;
        let list = |more: &[&str]| -> Vec<Value> {
            let tenant = mark.record.tenant.as_str();
            let told = audit(&world, &[&["list", "--json", "--tenant", tenant], more].concat());
            assert!(told.status.success(), "{told:?}");
            let text = String::from_utf8(told.stdout).expect("UTF-8");
            text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
        };
        let calls = list(&["--tool", "projects.list"]);
        assert_eq!(calls.len(), 2, "{calls:?}");
        assert!(calls.iter().all(|it| it["workspace"] == mark.record.id.as_str()), "{calls:?}");
        let [one, other] = [&calls[0], &calls[1]].map(|it| it["at"].as_str().map(Timestamp::parse));
        assert!(one.is_some_and(|at| at.is_some()) && one <= other, "{calls:?}");
        let key = calls[0]["actor"].as_str().expect("a key");
        let of_key = list(&["--tool", "projects.list", "--key", key]);
        assert_eq!(of_key, &calls[..1]);
        assert_eq!(list(&["--tool", "projects.list", "--limit", "1"]), &calls[1..]);
        assert_eq!(list(&["--since", "2999-01-01"]), Vec::<Value>::new());
        let lines = audit(&world, &["list", "--tenant", justine.record.tenant.as_str()]);
        let lines = String::from_utf8_lossy(&lines.stdout).into_owned();
        assert!(lines.contains(" ok projects.list "), "{lines}");
        assert!(!lines.contains(mark.record.id.as_str()) && !lines.contains(key), "{lines}");
        let unnamed = audit(&world, &["list"]);
        assert!(!unnamed.status.success(), "{unnamed:?}");
        world.stop().await;
    }
}
