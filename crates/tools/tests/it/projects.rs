//! Projects: what the owner of a workspace writes down, and agents read.

use covibe_domain::entities::{ProjectKind, ProvisionStatus};
use covibe_domain::{ProjectId, Timestamp};
use covibe_store::{Backend, ProjectRecord};
use covibe_testkit::{Agent, AgentAnswer, Options, World};
use serde_json::{Value, json};

use crate::support::workspace_resources::{fresh_key, fresh_plan};
use crate::support::{CallStyle, served, tool};

/// The largest answer, in bytes of JSON.
const BUDGET: usize = 32 * 1024;

async fn send(agent: &Agent, method: &str, id: &str, body: &Value) -> AgentAnswer {
    let slash = if id.is_empty() { "" } else { "/" };
    let path = format!("/api/workspaces/{}/projects{slash}{id}", agent.slug);
    agent.json(method, &path, body).await
}

async fn create_project(agent: &Agent, body: &Value) -> Value {
    let answer = send(agent, "POST", "", body).await;
    assert_eq!(answer.status, 201, "{body}: {}", answer.text);
    answer.json()
}

fn moment(text: &Value) -> Timestamp {
    text.as_str().and_then(Timestamp::parse).expect("a time")
}

fn id(project: &Value) -> &str {
    project["id"].as_str().expect("an id")
}

/// Texts are kept for as long as their projects, so one workspace must not fill the disk with them.
#[tokio::test(flavor = "multi_thread")]
async fn project_texts_and_links_beyond_32_mib_per_workspace_are_refused() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let options = Options { backend, ..Options::default() };
        let Some(world) = World::start(options).await else { continue };
        let agent = &world.mark.agent;
        let long = json!({ "name": "long", "kind": "prd", "body": "😀".repeat(100_000) });
        let mut last = Value::Null;
        let refused = loop {
            let answer = send(agent, "POST", "", &long).await;
            match answer.status {
                201 => last = answer.json(),
                _ => break answer,
            }
        };
        assert_eq!(refused.status, 409, "{}", refused.text);
        assert!(refused.text.contains("more than 32 MiB"), "{}", refused.text);
        let count = agent.compact("projects.list", &json!({})).await.expect("a list");
        assert_eq!(count["projects"].as_array().map(Vec::len), Some(83));
        let link = json!({ "title": "t".repeat(100), "url": format!("https://a.test/{}", "a".repeat(480)) });
        let linked = json!({ "name": "links", "kind": "prd", "links": vec![link; 20] });
        let mut added = 0;
        while send(agent, "POST", "", &linked).await.status == 201 {
            added += 1;
        }
        assert!((20..40).contains(&added), "{added}: links count too");
        let short = json!({ "body": "short" });
        assert_eq!(send(agent, "PATCH", id(&last), &short).await.status, 200);
        create_project(agent, &long).await;
        assert_eq!(send(&world.justine.agent, "POST", "", &long).await.status, 201);
    }
}

/// PostgreSQL runs both transactions at the same time.
#[tokio::test(flavor = "multi_thread")]
async fn concurrent_changes_of_a_project_are_both_kept() {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let options = Options { backend, ..Options::default() };
        let Some(world) = World::start(options).await else { continue };
        let agent = &world.mark.agent;
        let project = create_project(agent, &json!({ "name": "new", "kind": "app" })).await;
        for round in 0..20 {
            let (name, repo) = (format!("name-{round}"), format!("repo-{round}"));
            let (named, moved) = (json!({ "name": name }), json!({ "repo": repo }));
            let change = async |body| send(agent, "PATCH", id(&project), body).await.status;
            assert_eq!(tokio::join!(change(&named), change(&moved)), (200, 200));
            let told = agent.compact("projects.get", &json!({ "projectId": id(&project) })).await;
            let told = told.expect("the project");
            assert_eq!((&told["name"], &told["repo"]), (&json!(name), &json!(repo)), "{backend:?}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_surface_returns_a_project_as_it_was_written() {
    let world = served(Options::default()).await;
    let agent = &world.mark.agent;
    let links = json!([{ "title": "Sketch", "url": "https://example.com/a?b#c" }, { "url": "http://[::1]:80" }]);
    let body = "# Shop\n\nWith \"quotes\" and ü.";
    let new = json!({ "name": "Shop", "kind": "prd", "body": body, "repo": "vibn-mark/shop", "links": links });
    let project = create_project(agent, &new).await;
    assert!(id(&project).starts_with("prj_"), "{project}");
    assert_eq!((project.get("body"), &project["repo"]), (None, &json!("shop")));
    let (list, get) = (tool(&world, "projects.list"), tool(&world, "projects.get"));
    for via in CallStyle::ALL {
        let listed = via.call(agent, &list, &json!({})).await.result("the list");
        assert_eq!(listed, json!({ "projects": [project] }), "{via:?}");
        let got = via.call(agent, &get, &json!({ "projectId": id(&project) })).await.result("it");
        let mut expected = project.clone();
        expected["body"] = json!(body);
        assert_eq!(got, expected, "{via:?}");
    }
    let plain = create_project(agent, &json!({ "name": "An app", "kind": "app" })).await;
    let members: Vec<_> = plain.as_object().expect("an object").keys().collect();
    assert_eq!(members, ["id", "name", "kind", "createdAt", "updatedAt"]);
    let listed = agent.compact("projects.list", &json!({})).await.expect("the list");
    assert_eq!(listed["projects"], json!([plain, project]), "by name");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_project_update_changes_only_the_passed_members() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let links = json!([{ "url": "https://example.com" }]);
    let new =
        json!({ "name": "Shop", "kind": "prd", "body": "text", "repo": "shop", "links": links });
    let project = create_project(agent, &new).await;
    let mut expected = project.clone();
    for (change, taken) in [
        (json!({ "name": "Store" }), None),
        (json!({ "kind": "import", "repo": "vibn-mark/store.git" }), None),
        (json!({ "body": "other" }), None),
        (json!({ "links": [], "name": null }), Some("links")),
        (json!({ "repo": "" }), Some("repo")),
    ] {
        let answer = send(agent, "PATCH", id(&project), &change).await;
        assert_eq!(answer.status, 200, "{change}: {}", answer.text);
        for (name, value) in change.as_object().expect("an object") {
            if !value.is_null() && name != "body" {
                expected[name] = value.clone();
            }
        }
        if expected["repo"] == "vibn-mark/store.git" {
            expected["repo"] = json!("store");
        }
        taken.map(|name| expected.as_object_mut().expect("an object").remove(name));
        let mut changed = answer.json();
        assert!(moment(&changed["updatedAt"]) >= moment(&expected["updatedAt"]), "{changed}");
        expected["updatedAt"] = changed["updatedAt"].clone();
        assert_eq!(changed, expected, "{change}");
        let got = agent.compact("projects.get", &json!({ "projectId": id(&project) })).await;
        let mut got = got.expect("it");
        assert!(["text", "other"].contains(&got["body"].as_str().expect("a text")));
        got.as_object_mut().expect("an object").remove("body");
        assert_eq!(changed.take(), got, "it is kept");
    }
    let got = agent.compact("projects.get", &json!({ "projectId": id(&project) })).await;
    assert_eq!(got.expect("it")["body"], "other");
    for nothing in [json!({}), json!({ "name": null })] {
        let answer = send(agent, "PATCH", id(&project), &nothing).await;
        assert_eq!(answer.status, 400, "{}", answer.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_projects_are_refused_and_nothing_is_stored() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let there = create_project(agent, &json!({ "name": "There", "kind": "app" })).await;
    let link = |url: &str| json!({ "links": [{ "url": url }] });
    for (status, bad) in [
        (400, json!({ "name": "two\nlines" })),
        (400, json!({ "name": "  " })),
        (400, json!({ "name": "a\u{0}b" })),
        (400, json!({ "body": "a\u{0}b" })),
        (400, json!({ "body": "x".repeat(100_001) })),
        (400, json!({ "kind": "essay" })),
        (400, json!({ "repo": "a b" })),
        (400, json!({ "repo": "0f".repeat(20) })),
        (403, json!({ "repo": "vibn-justine/x" })),
        (403, json!({ "repo": "https://mark-bot:hunter2@git.test/vibn-mark/x.git" })),
        (400, json!({ "links": vec![json!({ "url": "https://example.com" }); 21] })),
        (400, json!({ "links": [{ "title": "a\nb", "url": "https://example.com" }] })),
        (400, link("javascript:alert(1)")),
        (400, link("https://user:hunter2@example.com/")),
        (400, link("https://exa mple.com/")),
        (400, link("https://example.com/\u{202e}")),
        (400, link(&format!("https://example.com/{}", "a".repeat(500)))),
    ] {
        let mut new = json!({ "name": "New", "kind": "prd" });
        new.as_object_mut().expect("an object").extend(bad.as_object().expect("one").clone());
        for answer in
            [send(agent, "POST", "", &new).await, send(agent, "PATCH", id(&there), &bad).await]
        {
            assert_eq!(answer.status, status, "{bad}: {}", answer.text);
            assert!(!answer.text.contains("hunter2"), "{}", answer.text);
        }
    }
    let listed = agent.compact("projects.list", &json!({})).await.expect("the list");
    assert_eq!(listed, json!({ "projects": [there] }), "nothing of it was kept");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_project_text_is_returned_in_parts() {
    let world = served(Options::default()).await;
    let agent = &world.mark.agent;
    let numbers = (0..20_000).flat_map(|n| format!("{n:05}ü").chars().collect::<Vec<_>>());
    let body: String = numbers.take(100_000).collect();
    let project =
        create_project(agent, &json!({ "name": "Long", "kind": "prd", "body": body })).await;
    let get = tool(&world, "projects.get");
    for via in [CallStyle::Rest, CallStyle::Tool, CallStyle::JsonRpc] {
        let first = via.call(agent, &get, &json!({ "projectId": id(&project) })).await.result("it");
        let (shown, next) = (first["body"].as_str().expect("a text"), &first["bodyNext"]);
        assert!(first.to_string().len() <= BUDGET && shown.contains("bytes omitted; bodyOffset"));
        assert!(body.ends_with(&shown[shown.len() - 1000..]), "its tail is there");
        let mut at = usize::try_from(next.as_u64().expect("a number")).expect("small");
        let mut whole = shown[..at].to_owned();
        loop {
            let params = json!({ "projectId": id(&project), "bodyOffset": at });
            let part = via.call(agent, &get, &params).await.result("a part");
            assert!(part.to_string().len() <= BUDGET, "{}", part.to_string().len());
            whole.push_str(part["body"].as_str().expect("a text"));
            match part.get("bodyNext") {
                Some(next) => {
                    at = usize::try_from(next.as_u64().expect("a number")).expect("small");
                }
                None => break,
            }
        }
        assert!(whole == body, "{via:?}: the parts are the whole");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_long_list_of_projects_is_returned_in_pages() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let links = vec![json!({ "url": format!("https://example.com/{}", "a".repeat(470)) }); 20];
    let mut names = Vec::new();
    for number in 0..8 {
        let name = format!("{number} {}", "n".repeat(90));
        create_project(agent, &json!({ "name": name, "kind": "import", "links": links })).await;
        names.push(json!(name));
    }
    let (mut seen, mut params, mut pages) = (Vec::new(), json!({}), 0);
    loop {
        let page = agent.compact("projects.list", &params).await.expect("a page");
        assert!(page.to_string().len() <= BUDGET, "{}", page.to_string().len());
        let projects = page["projects"].as_array().expect("a list");
        seen.extend(projects.iter().map(|project| project["name"].clone()));
        pages += 1;
        match page.get("next") {
            Some(next) => params["next"] = next.clone(),
            None => break,
        }
    }
    assert_eq!((seen, pages > 1), (names, true));
}

/// Adds projects to mark's workspace, past the surface.
async fn fill(world: &World, projects: usize) {
    let record = &world.mark.record;
    let mut tx = world.store.tenant(&record.tenant).await.expect("a transaction");
    for number in 0..projects {
        let now = Timestamp::now();
        let project = ProjectRecord {
            id: ProjectId::from_random(covibe_crypto::random()),
            workspace: record.id.clone(),
            name: format!("plan {number}"),
            kind: ProjectKind::Prd,
            body: String::new(),
            repo: None,
            links: Vec::new(),
            created_at: now,
            updated_at: now,
        };
        tx.insert_project(&project).await.expect("a row");
    }
    tx.commit().await.expect("a commit");
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_1000_projects_in_a_workspace_are_refused() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    fresh_plan(agent, "the first").await;
    fill(&world, 998).await;
    fresh_plan(agent, "the last").await;
    let refused = send(agent, "POST", "", &json!({ "name": "One more", "kind": "prd" })).await;
    assert_eq!(refused.status, 409, "{}", refused.text);
    assert!(refused.json()["hint"].is_string(), "{}", refused.text);
    fresh_plan(&world.justine.agent, "the other workspace has its own number").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn projects_of_another_workspace_are_not_found() {
    let world = World::embedded().await;
    let (mark, justine) = (&world.mark.agent, &world.justine.agent);
    let theirs = fresh_plan(justine, "secret plan").await;
    let (theirs, nobodys) = (id(&theirs), "prj_zzzz2345zzzz2345");
    for (method, body) in [("GET", json!({})), ("PATCH", json!({ "name": "mine" }))] {
        let answers =
            [send(mark, method, theirs, &body).await, send(mark, method, nobodys, &body).await];
        let [one, other] = answers.map(|answer| {
            assert_eq!(answer.status, 404, "{method}: {}", answer.text);
            answer.text.replace(theirs, "").replace(nobodys, "")
        });
        assert_eq!(one, other, "{method}");
    }
    assert_eq!(
        mark.compact("projects.list", &json!({})).await.expect("it"),
        json!({ "projects": [] })
    );
    let kept = justine.compact("projects.get", &json!({ "projectId": theirs })).await.expect("it");
    assert_eq!(kept["name"], "secret plan");
}

#[tokio::test(flavor = "multi_thread")]
async fn projects_can_be_used_in_a_workspace_that_is_not_provisioned() {
    let world = World::embedded().await;
    let mut record = world.mark.record.clone();
    record.provision_status = ProvisionStatus::Pending;
    let mut tx = world.store.tenant(&record.tenant).await.expect("a transaction");
    assert!(tx.update_workspace(&record).await.expect("an update"));
    tx.commit().await.expect("the end");
    let key = fresh_key(&world.mark.agent).await;
    let agent = world.mark.agent.with_key(key["token"].as_str());
    assert_eq!(agent.compact_raw("apps.list", &json!({})).await.status, 503);
    let plan = fresh_plan(&agent, "early").await;
    let listed = agent.compact("projects.list", &json!({})).await.expect("the list");
    assert_eq!(listed["projects"], json!([plan]));
}
