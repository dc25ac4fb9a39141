//! `covibe-server workspace move-tenant`, beside a running server.

use covibe_domain::entities::Role;
use covibe_sandbox::faults::{Fault, Name};
use covibe_sandbox::google::Collection;
use covibe_store::Backend;
use covibe_testkit_http::{Agent, Options, Person, World};
use serde_json::json;

use crate::current_directory_and_migrate::out;
use crate::object_storage::Bucket;
use crate::operator_commands::Operator;
use crate::tenant_list_and_suspension::{
    output_of, parse_output, refusal, tenant_of, until_status,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_is_moved_to_another_tenant_once_confirmed() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let options = Options { backend, ..Options::default() };
        let Some(world) = World::start(options).await else { continue };
        let agent = &world.mark.agent;
        let app = json!({ "image": "nginx:1.27", "name": "web" });
        let uuid = agent.compact("apps.create", &app).await.expect("an app")["uuid"].clone();
        let site = json!({ "name": "site", "files": { "a.txt": "a\n" } });
        agent.compact("repos.create", &site).await.expect("a repository");
        let ada = Person::member(&world, &world.mark, "ada", Role::Admin).await;
        let person = ada.agent(&world, "mark").await;
        let (operator, from, to) =
            (Operator::in_world(&world), tenant_of(&world.mark), tenant_of(&world.justine));
        let command = ["workspace", "move-tenant", "mark", "--to", &to];
        world.coolify.clear_requests();
        let plan = output_of(&operator.run(&command));
        for line in ["MOVE app web", "MOVE repository site", "END the access of ada", "keys"] {
            assert!(plan.contains(line), "{line}: {plan}");
        }
        assert!(world.coolify.requests().iter().all(|one| one.method == "GET"));
        until_status(agent, 200).await;
        let wrong = [&command[..], &["--confirm", "justine"]].concat();
        assert!(refusal(&operator.run(&wrong)).contains("--confirm is not the slug"));
        let moved = output_of(&operator.run(&[&command[..], &["--confirm", "mark"]].concat()));
        assert!(moved.contains("MOVED mark") && moved.contains("REPLACED"), "{moved}");
        until_status(agent, 401).await;
        until_refused(&person).await;
        let made = operator.run(&["keys", "create", "--workspace", "mark"]);
        let key = output_of(&made).trim().lines().last().expect("a key").to_owned();
        let found = agent.with_key(Some(&key)).compact("apps.get", &json!({ "uuid": uuid })).await;
        assert_eq!(found.expect("the app")["uuid"], uuid);
        let own = parse_output(&operator.run(&["workspace", "list", "--tenant", &to, "--json"]));
        assert_eq!(own["workspaces"].as_array().map(Vec::len), Some(2), "{own}");
        for tenant in [&from, &to] {
            let audit = output_of(&operator.run(&["audit", "list", "--tenant", tenant]));
            let lines = audit.lines().filter(|line| line.contains("workspace.move_tenant"));
            assert_eq!(lines.count(), 2, "{audit}");
        }
        assert!(operator.run(&["audit", "verify"]).status.success());
        let again = refusal(&operator.run(&[&command[..], &["--confirm", "mark"]].concat()));
        assert!(again.contains("already"), "{again}");
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_move_replaces_the_tokens_that_the_first_one_left() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let options = Options { backend, ..Options::default() };
        let Some(world) = World::start(options).await else { continue };
        let told = world.mark.agent.compact("gitea.credentials", &json!({})).await;
        let token = told.expect("credentials")["bot"]["token"].take();
        let token = token.as_str().expect("a token");
        let (operator, to) = (Operator::in_world(&world), tenant_of(&world.justine));
        let plan = ["workspace", "move-tenant", "mark", "--to", &to];
        let command = [&plan[..], &["--confirm", "mark"]].concat();
        let refused = Fault::new(Name::Status).status(403).on("POST", "/users/*/tokens$");
        world.gitea.arm(refused.times(u32::MAX));
        let failed = operator.run(&command);
        world.gitea.disarm();
        assert!(out(&failed).contains("MOVED mark from"), "{failed:?}");
        assert!(refusal(&failed).contains("Repeat the same command"), "{failed:?}");
        assert_eq!(status_of(&world, token).await, 200, "nobody replaced it");
        let planned = refusal(&operator.run(&plan));
        assert!(planned.contains("have not been replaced yet"), "{planned}");
        let finished = output_of(&operator.run(&command));
        let lines = ["MOVED mark to", "REPLACED its tokens for Gitea"];
        assert!(lines.iter().all(|line| finished.contains(line)), "{finished}");
        assert_eq!(status_of(&world, token).await, 401, "the former tenant has it");
        let again = refusal(&operator.run(&command));
        assert!(again.contains("already has the workspace"), "{again}");
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_move_replaces_the_key_of_the_bucket_and_names_the_secrets_that_stay() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let options = Options { backend, ..Options::default() };
        let Some(world) = World::start(options).await else { continue };
        let bucket = Bucket::create_in(&world).await;
        assert_eq!(bucket.client.put("x", "y").await, 200);
        let database =
            json!({ "type": "redis", "name": "main", "isPublic": true, "publicPort": 15432 });
        let made = world.justine.agent.compact("databases.create", &database).await;
        made.expect("a database");
        let (operator, to) = (Operator::in_world(&world), tenant_of(&world.mark));
        let plan = ["workspace", "move-tenant", "justine", "--to", &to];
        let planned = output_of(&operator.run(&plan));
        assert!(planned.contains("REPLACE the key of its bucket"), "{planned}");
        assert_eq!(bucket.client.get("x").await.0, 200);
        let moved = output_of(&operator.run(&[&plan[..], &["--confirm", "justine"]].concat()));
        assert!(moved.contains("REPLACED the key of its bucket"), "{moved}");
        for note in [
            "NOTE the former company may know the variables of app theirs",
            "NOTE the former company may know the password of database main",
            "on the public port 15432",
        ] {
            assert!(planned.contains(note) && moved.contains(note), "{note}: {planned} {moved}");
        }
        // No app runs with it.
        assert_eq!(bucket.client.get("x").await.0, 403, "the former company has this key");
        let keys = world.cloud.names(Collection::HmacKeys);
        assert!(keys.len() == 1 && !keys[0].contains(&bucket.id), "{keys:?}");
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_move_replaces_the_key_for_which_google_had_failed() {
    let world = World::embedded().await;
    let bucket = Bucket::create_in(&world).await;
    let (operator, to) = (Operator::in_world(&world), tenant_of(&world.mark));
    let command = ["workspace", "move-tenant", "justine", "--to", &to, "--confirm", "justine"];
    let path = "/storage/v1/projects/*/hmacKeys$";
    world.cloud.arm(Fault::new(Name::Status).on("POST", path).times(u32::MAX));
    let failed = operator.run(&command);
    world.cloud.disarm();
    let lines = out(&failed);
    assert!(lines.contains("REPLACED its tokens") && !lines.contains("of its bucket"), "{lines}");
    assert!(refusal(&failed).contains("Repeat the same command"), "{failed:?}");
    let finished = output_of(&operator.run(&command));
    assert!(finished.contains("REPLACED the key of its bucket"), "{finished}");
    assert_eq!(bucket.client.get("x").await.0, 403, "the former company has this key");
}

/// Returns the status with which Gitea answers somebody with this token.
async fn status_of(world: &World, token: &str) -> u16 {
    let gitea = Agent::new(&format!("{}/api/v1", world.gitea.url), "", None);
    let user = gitea.with_authorization(&format!("token {token}"));
    user.send("GET", "/user", &[], None).await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn a_workspace_with_a_waiting_deployment_or_a_suspended_tenant_is_not_moved() {
    let world = World::embedded().await;
    let operator = Operator::in_world(&world);
    output_of(&operator.run(&["queue", "pause"]));
    let app = json!({ "image": "nginx:1.27", "name": "web" });
    world.mark.agent.compact("apps.create", &app).await.expect("an app");
    let to = tenant_of(&world.justine);
    let command = ["workspace", "move-tenant", "mark", "--to", &to, "--confirm", "mark"];
    let refused = refusal(&operator.run(&command));
    assert!(refused.contains("deployments that wait (1)"), "{refused}");
    until_status(&world.mark.agent, 200).await;
    let suspended = tenant_of(&world.justine);
    output_of(&operator.run(&["tenant", "suspend", &suspended]));
    let refused = refusal(&operator.run(&command));
    assert!(refused.contains("tenant resume"), "{refused}");
    let unknown = refusal(&operator.run(&["workspace", "move-tenant", "nobody", "--to", &to]));
    assert!(unknown.contains("workspace list"), "{unknown}");
}

/// Waits until a person no longer sees the apps of `mark`.
async fn until_refused(person: &Agent) {
    for _ in 0..500 {
        let answer = person.send("GET", "/api/workspaces/mark/apps", &[], None).await;
        if [403, 404].contains(&answer.status) {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    panic!("the workspace stays in sight");
}
