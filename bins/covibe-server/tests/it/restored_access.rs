//! The access that people had when a backup was made, after a restore.

use covibe_domain::entities::Role;
use covibe_store::Backend;
use covibe_testkit_http::{Person, World};
use serde_json::{Value, json};

use crate::backups::{Elsewhere, backup, provisioned, with_backup_role};
use crate::current_directory_and_migrate::{err, out};
use crate::operator_commands::Operator;
use crate::server_process::Server;
use crate::sign_in_links::path;

/// Creates an invitation and a link for `ada`, and returns their paths.
fn create_links(operator: &Operator) -> [String; 2] {
    let invite =
        ["tenant", "create", "--name", "Initech", "--owner-email", "peter@initech.example"];
    let prove = ["people", "prove", "--email", "ada@example.com"];
    [&invite[..], &prove].map(|command| {
        let printed = operator.run(command);
        assert!(printed.status.success(), "{printed:?}");
        path(out(&printed).lines().next().expect("a link"))
    })
}

/// Asserts that the session of a person and the links have ended at a server.
async fn assert_ended(origin: &str, person: &Person, links: &[String]) {
    let page = person.at(origin).get("/console").await;
    assert_eq!(page.status, 303, "the session is valid: {}", page.text);
    for link in links {
        assert_eq!(Person::new(origin).get(link).await.status, 404, "{link}");
    }
}

async fn assert_valid(world: &World, person: &Person, links: &[String]) {
    let origin = &world.mark.agent.origin;
    assert_eq!(person.at(origin).get("/console").await.status, 200);
    for link in links {
        assert_eq!(Person::new(origin).get(link).await.status, 200, "{link}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restore_revives_no_session_link_or_waiting_deployment() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(world) = provisioned(backend).await else { continue };
        let (operator, folder) = (with_backup_role(&world), tempfile::tempdir().expect("a folder"));
        let ada = Person::member(&world, &world.mark, "ada", Role::Admin).await;
        let links = create_links(&operator);
        assert!(operator.run(&["queue", "pause"]).status.success());
        let app = json!({ "image": "nginx:1.27", "name": "web" });
        world.mark.agent.compact("apps.create", &app).await.expect("an app");
        let directory = backup(&operator, folder.path());
        assert_valid(&world, &ada, &links).await;
        assert_eq!(open_deployments(&operator).len(), 1);
        let elsewhere = Elsewhere::new(&world);
        let operator = elsewhere.operator(operator);
        let restored = operator.run(&["restore", directory.to_str().expect("UTF-8")]);
        assert!(restored.status.success(), "{restored:?}");
        assert!(out(&restored).contains("Ended: the sessions"), "{restored:?}");
        assert_eq!(open_deployments(&operator).len(), 0, "it still waits");
        let listed = out(&operator.run(&["reconcile"]));
        let member = format!("MEMBER ada@example.com of {}", world.mark.record.tenant);
        assert!(listed.contains(&member) && listed.contains("PASSWORD"), "{listed}");
        let server = elsewhere.server(&world);
        assert_ended(server.origin(), &ada, &links).await;
        let agent = server.agent(&world.mark);
        agent.compact("apps.list", &json!({})).await.expect("keys are not ended");
        drop(server);
        world.stop().await;
    }
}

/// Returns the deployments that wait or are in progress.
fn open_deployments(operator: &Operator) -> Vec<Value> {
    let listed = operator.run(&["queue", "list", "--json"]);
    let mut listed: Value = serde_json::from_slice(&listed.stdout).expect("JSON");
    serde_json::from_value(listed["deployments"].take()).expect("a list")
}

#[tokio::test(flavor = "multi_thread")]
async fn reconcile_ends_the_access_of_a_database_that_another_program_restored() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let Some(world) = provisioned(backend).await else { continue };
        let operator = Operator::in_world(&world);
        let ada = Person::member(&world, &world.mark, "ada", Role::Admin).await;
        let links = create_links(&operator);
        let refused = operator.run(&["reconcile", "--restored"]);
        assert!(!refused.status.success() && err(&refused).contains("--apply"), "{refused:?}");
        assert_valid(&world, &ada, &links).await;
        let applied = operator.run(&["reconcile", "--apply", "--restored"]);
        assert!(applied.status.success(), "{applied:?}");
        assert!(out(&applied).contains("Ended: the sessions"), "{applied:?}");
        let server = tokio::task::block_in_place(|| Server::start(&world));
        assert_ended(server.origin(), &ada, &links).await;
        drop(server);
        world.stop().await;
    }
}
