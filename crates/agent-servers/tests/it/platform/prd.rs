//! PRDs: on this machine, and as projects of a server that loses answers.

use std::fs;

use covibe_domain::Kind;
use serde_json::{Value, json};

use super::covibe_stub::{CoVibe, KEY, Trouble};
use super::{World, inner};

fn shop(content: &str) -> Value {
    json!({ "title": "Shop", "content": content })
}

fn world(server: &CoVibe) -> World {
    World::new().with("COVIBE_BASE_URL", &server.url).with("VIBN_API_KEY", KEY)
}

/// Returns the names and bodies of a server's projects.
fn projects(server: &CoVibe) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    server.state().projects.iter().map(|each| (text(&each["name"]), text(&each["body"]))).collect()
}

fn owned_pairs(texts: &[(&str, &str)]) -> Vec<(String, String)> {
    texts.iter().map(|(name, body)| ((*name).to_owned(), (*body).to_owned())).collect()
}

#[tokio::test]
async fn a_changed_prd_becomes_the_next_version_and_keeps_the_previous_one() {
    let world = World::new();
    let none = world.call("get_prd", json!({})).await.unwrap_err();
    assert_eq!((none.kind, none.hint.unwrap().contains("finalize_prd")), (Kind::NotFound, true));
    assert_eq!(world.call("finalize_prd", shop("# One")).await.unwrap(), json!({ "version": 1 }));
    let again = world.call("finalize_prd", shop("# One")).await.unwrap();
    assert_eq!(again, json!({ "version": 1 }), "the same call twice makes no version");
    let second = world.call("finalize_prd", shop("# Two")).await.unwrap();
    assert_eq!(second, json!({ "version": 2, "replaced": 1 }));
    let got = world.call("get_prd", json!({})).await.unwrap();
    assert_eq!((inner(&got["content"]), &got["title"]), ("# Two", &json!("Shop")));
    assert_eq!((&got["version"], &got["versions"]), (&json!(2), &json!(2)));
    let kept = fs::read_to_string(world.session().join("prd/000000000001.json")).unwrap();
    assert_eq!(serde_json::from_str::<Value>(&kept).unwrap()["content"], "# One");
    let other = World::new()
        .with("COVIBE_AGENT_HOME", &world.home().join(".covibe/agents").display().to_string());
    let other = other.with("SESSION_KEY", "other");
    assert!(other.call("get_prd", json!({})).await.is_err(), "another session has none");
}

#[tokio::test]
async fn a_damaged_version_is_set_aside_and_the_previous_one_returned() {
    let world = World::new();
    for content in ["# One", "# Two"] {
        world.call("finalize_prd", shop(content)).await.unwrap();
    }
    fs::write(world.session().join("prd/000000000002.json"), "{").unwrap();
    let got = world.call("get_prd", json!({})).await.unwrap();
    assert_eq!((inner(&got["content"]), &got["versions"]), ("# One", &json!(1)));
    assert_eq!(got["setAside"], json!(["000000000002.json.corrupt"]));
}

#[tokio::test]
async fn a_long_prd_is_returned_in_parts_and_oversized_texts_are_refused() {
    let world = World::new();
    let lines: Vec<_> = (0..12_000).map(|number| format!("{number:06}\u{e4}\n")).collect();
    let content = lines.concat();
    world.call("finalize_prd", shop(&content)).await.unwrap();
    let first = world.call("get_prd", json!({})).await.unwrap();
    let mut at = usize::try_from(first["contentNext"].as_u64().unwrap()).unwrap();
    let mut whole = inner(&first["content"])[..at].to_owned();
    while let Ok(part) = world.call("get_prd", json!({ "offset": at })).await {
        whole.push_str(inner(&part["content"]));
        let Some(next) = part["contentNext"].as_u64() else { break };
        at = usize::try_from(next).unwrap();
    }
    assert!(whole == content);
    for (params, name) in [
        (json!({ "title": "a\nb", "content": "x" }), "title"),
        (json!({ "title": "x".repeat(101), "content": "x" }), "title"),
        (json!({ "title": "x", "content": "x".repeat(100_001) }), "content"),
        (json!({ "title": "x", "content": " " }), "content"),
        (json!({ "title": "x", "content": "y", "kind": "prd" }), "kind"),
    ] {
        let failure = world.call("finalize_prd", params).await.unwrap_err();
        assert_eq!(failure.kind, Kind::Invalid);
        assert!(failure.message.contains(name), "{failure}");
    }
}

#[tokio::test]
async fn the_first_prd_creates_a_project_and_the_next_one_updates_it() {
    let server = CoVibe::start().await;
    server.add("Shop", "of somebody else");
    let world = world(&server);
    let first = world.call("finalize_prd", shop("# One")).await.unwrap();
    let project = json!({ "id": "prj_0000000000000002", "workspace": "mark" });
    assert_eq!(first, json!({ "version": 1, "project": project }));
    assert_eq!(server.state().projects[1]["kind"], "prd");
    let params = json!({ "title": "Store", "content": "# Two" });
    let second = world.call("finalize_prd", params).await.unwrap();
    assert_eq!((&second["project"], &second["replaced"]), (&project, &json!(1)));
    assert_eq!(projects(&server), owned_pairs(&[("Shop", "of somebody else"), ("Store", "# Two")]));
    let got = world.call("get_prd", json!({})).await.unwrap();
    assert_eq!((&got["project"], inner(&got["content"])), (&project, "# Two"));
    let keys: Vec<_> = server.state().seen.iter().map(|(_, key)| key.clone()).collect();
    assert!(keys.iter().all(|key| *key == format!("Bearer {KEY}")));
    assert!(server.take_requests().iter().all(|line| !line.contains(KEY)));
}

#[tokio::test]
async fn a_lost_answer_creates_no_second_project() {
    let long = "\u{e4}".repeat(60_000);
    for content in ["# One", &long] {
        let server = CoVibe::start().await;
        for other in ["# One", "other", "x"] {
            server.add("Shop", other);
        }
        let world = world(&server);
        server.trouble("POST", Trouble::LostAnswer);
        let first = world.call("finalize_prd", shop(content)).await.unwrap();
        assert_eq!(
            first["project"]["id"], "prj_0000000000000004",
            "the lost call's project is found"
        );
        world.call("finalize_prd", shop(content)).await.unwrap();
        assert_eq!(server.state().projects.len(), 4);
    }
}

#[tokio::test]
async fn an_unconfirmed_project_is_found_by_the_next_call_and_not_duplicated() {
    let server = CoVibe::start().await;
    let world = world(&server);
    server.trouble("POST", Trouble::LostAnswer);
    for _ in 0..3 {
        server.trouble("GET", Trouble::Answer(503, String::new(), "{}".to_owned()));
    }
    let failure = world.call("finalize_prd", shop("# One")).await.unwrap_err();
    assert!(failure.is_in_doubt(), "{failure}");
    assert!(
        failure
            .message
            .starts_with("The PRD is kept on this machine as version 1, but perhaps not"),
        "{failure}"
    );
    assert!(failure.hint.unwrap().contains("creates no duplicate"));
    let again = world.call("finalize_prd", shop("# Two")).await.unwrap();
    assert_eq!(
        (&again["version"], &again["project"]["id"]),
        (&json!(2), &json!("prj_0000000000000001"))
    );
    assert_eq!(projects(&server), owned_pairs(&[("Shop", "# Two")]));
}

#[tokio::test]
async fn a_request_that_took_no_effect_is_repeated_by_the_next_call() {
    let server = CoVibe::start().await;
    let world = world(&server);
    server.trouble("POST", Trouble::LostRequest);
    let failure = world.call("finalize_prd", shop("# One")).await.unwrap_err();
    assert!(failure.is_in_doubt() && projects(&server).is_empty());
    world.call("finalize_prd", shop("# One")).await.unwrap();
    assert_eq!(projects(&server), owned_pairs(&[("Shop", "# One")]));
    server.state().projects.clear();
    let made = world.call("finalize_prd", shop("# One")).await.unwrap();
    assert_eq!(
        made["project"]["id"], "prj_0000000000000002",
        "a project that was removed is made anew"
    );
}

#[tokio::test]
async fn a_prd_is_published_only_in_the_configured_workspace() {
    let server = CoVibe::start().await;
    server.state().slugs = vec!["justine", "mark"];
    let world = world(&server);
    let failure = world.call("finalize_prd", shop("# One")).await.unwrap_err();
    assert!(
        failure.message.contains("justine, mark")
            && failure.hint.unwrap().contains("VIBN_WORKSPACE")
    );
    let world = world.with("VIBN_WORKSPACE", "justine");
    let made = world.call("finalize_prd", shop("# One")).await.unwrap();
    assert_eq!(made["project"]["workspace"], "justine");
    server.take_requests();
    let world = world.with("VIBN_WORKSPACE", "mark");
    world.call("finalize_prd", shop("# One")).await.unwrap();
    assert!(
        server
            .take_requests()
            .iter()
            .all(|line| line.contains("/mark/projects") && !line.contains("prj_"))
    );
}

#[tokio::test]
async fn refusals_of_the_server_are_explained_and_the_prd_is_kept_locally() {
    let server = CoVibe::start().await;
    let body = json!({ "error": "secret text", "hint": "secret hint" }).to_string();
    for (method, status, kind, words) in [
        ("GET", 401, Kind::Unready, "does not accept VIBN_API_KEY"),
        ("GET", 404, Kind::NotFound, "no such workspace"),
        ("POST", 403, Kind::Forbidden, "not allowed to write"),
        ("POST", 409, Kind::Conflict, "maximum number of projects"),
        ("POST", 400, Kind::Rejected, "refused the title"),
    ] {
        let world = world(&server);
        server.trouble(method, Trouble::Answer(status, String::new(), body.clone()));
        let failure = world.call("finalize_prd", shop("# One")).await.unwrap_err();
        assert_eq!(failure.kind, kind, "{status}: {failure}");
        assert!(failure.message.contains(words) && !failure.is_in_doubt(), "{failure}");
        assert!(!failure.coded_body().to_string().contains("secret"));
        assert_eq!(inner(&world.call("get_prd", json!({})).await.unwrap()["content"]), "# One");
    }
    assert!(projects(&server).is_empty());
}

#[tokio::test]
async fn the_api_key_is_not_sent_to_a_redirect_target() {
    let (server, elsewhere) = (CoVibe::start().await, CoVibe::start().await);
    let world = world(&server);
    for method in ["GET", "POST"] {
        let location = format!("location: {}/api/workspaces\r\n", elsewhere.url);
        server.trouble(method, Trouble::Answer(307, location, String::new()));
        let failure = world.call("finalize_prd", shop("# One")).await.unwrap_err();
        assert!(
            failure.message.contains("redirects")
                && failure.hint.unwrap().contains("COVIBE_BASE_URL")
        );
    }
    assert!(elsewhere.take_requests().is_empty());
}
