//! `apps.update` on every release: applied fields are saved, and ignored ones are reported.

use covibe_sandbox::coolify::Version;
use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit::World;
use serde_json::{Value, json};

use super::fixture::{Ground, STACK, members_of, served_world, world};
use crate::support::CallStyle;

/// Everything that an app of a repository takes, by Coolify's names.
fn whole(commit: &str) -> Value {
    json!({
        "name": "renamed", "description": "in words", "git_branch": "main",
        "git_commit_sha": commit, "ports_exposes": "8080,9090",
        "install_command": "npm ci", "build_command": "npm run build && ls",
        "start_command": "npm start", "base_directory": "/apps/web",
        "publish_directory": "/dist",
    })
}

/// The text of a description that ends with the mark of a creation; all of any other description.
fn without_mark(description: &Value) -> String {
    let description = description.as_str().unwrap_or_default();
    let (text, _) = description.split_once(" (Co-Vibe crt_").unwrap_or((description, ""));
    text.to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn applied_members_are_saved_by_every_surface_and_release() {
    for version in Version::ALL {
        let world = served_world(version).await;
        let ground = Ground::new(&world, &world.mark);
        for (number, via) in CallStyle::ALL.into_iter().enumerate() {
            let uuid = ground.repo_app(&format!("app-{number}")).await;
            let mut patch = whole(&ground.tip(&format!("app-{number}")).await);
            patch["name"] = json!(format!("renamed-{number}"));
            let params = json!({ "uuid": uuid, "patch": patch });
            let (status, answer) = ground.call_by(via, "apps.update", &params).await;
            assert_eq!(status, 200, "{via:?} on {}: {answer}", version.text());
            assert_eq!(answer["applied"].as_array().map(Vec::len), Some(10), "{answer}");
            assert_eq!(answer["ignored"], json!([]), "{answer}");
            assert_eq!(answer["needsDeploy"], true);
            let (_, again) = ground.call_by(via, "apps.update", &params).await;
            assert_eq!(again["applied"], answer["applied"]);
            assert_eq!(again["needsDeploy"], false, "it is so already: {again}");
            let mut kept = ground.application(&uuid).await;
            kept["description"] = json!(without_mark(&kept["description"]));
            for (field, value) in patch.as_object().expect("an object") {
                assert_eq!(&kept[field], value, "{field} on {}", version.text());
            }
            assert_eq!(kept["build_pack"], "nixpacks", "nothing else has changed");
        }
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn camel_case_snake_case_and_coolify_names_of_members_are_accepted() {
    let world = world(Version::V4_3).await;
    let ground = Ground::new(&world, &world.mark);
    let uuid = ground.repo_app("site").await;
    ground.branches("site", &["a", "b", "c", "d", "x"]).await;
    for (spelling, value) in [
        ("branch", "a"),
        ("git_branch", "b"),
        ("gitBranch", "c"),
        ("ports", "1"),
        ("ports_exposes", "2"),
        ("buildCommand", "a"),
        ("build_command", "b"),
    ] {
        let params =
            json!({ "uuid": uuid, "patch": { spelling: value, " spelled": { "x": "y" } } });
        let answer = ground.call_ok("apps.update", params).await;
        assert_eq!(answer["applied"], json!([spelling]), "as the caller spelled it");
        assert_eq!((&answer["ignored"], &answer["rerouted"]), (&json!([]), &json!([])), "{answer}");
    }
    let both = json!({ "branch": "x", "git_branch": "y" });
    let answer = ground.call_ok("apps.update", json!({ "uuid": uuid, "patch": both })).await;
    assert_eq!(answer["applied"], json!(["branch"]));
    assert_eq!(members_of(&answer["ignored"], "field"), ["git_branch"]);
    assert_eq!(ground.application(&uuid).await["git_branch"], "x");
}

#[tokio::test(flavor = "multi_thread")]
async fn unsupported_members_are_ignored_or_rerouted() {
    let world = world(Version::Beta473).await;
    let ground = Ground::new(&world, &world.mark);
    let uuid = ground.repo_app("site").await;
    let before = ground.application(&uuid).await;
    let patch = json!({
        "fqdn": "https://evil.com", "domains": ["evil.com"], "docker_compose_domains": [{}],
        "git_repository": "https://evil.com/x", "repo": "x", "envs": [{ "key": "A" }],
        "custom_docker_run_options": "--privileged",
        "ports_mappings": "80:80", "custom_labels": "eA==", "image": "nginx",
        "composeRaw": STACK, "server_uuid": "x", "post_deployment_command": "id", "zzz": [1],
    });
    let answer = ground.call_ok("apps.update", json!({ "uuid": uuid, "patch": patch })).await;
    assert_eq!((&answer["applied"], &answer["needsDeploy"]), (&json!([]), &json!(false)));
    let rerouted: Vec<_> = members_of(&answer["rerouted"], "field");
    assert_eq!(rerouted.len(), 6, "{answer}");
    for entry in answer["rerouted"].as_array().expect("a list") {
        let tool = match entry["field"].as_str().expect("a text") {
            "git_repository" | "repo" => "apps.rewire_git",
            "envs" => "apps.envs.upsert",
            _ => "apps.domains.set",
        };
        assert_eq!(entry["use"], tool);
    }
    assert_eq!(answer["ignored"].as_array().map(Vec::len), Some(8), "{answer}");
    assert!(members_of(&answer["ignored"], "reason").iter().all(|reason| !reason.is_empty()));
    assert_eq!(ground.application(&uuid).await, before, "nothing has changed");
    for request in world.coolify.requests() {
        let body = request.body.map(|body| body.to_string()).unwrap_or_default();
        for word in ["fqdn", "custom", "mappings", "evil", "privileged"] {
            assert!(!body.contains(word), "nothing of it went any further: {body}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn invalid_values_are_reported_by_member() {
    let world = world(Version::Beta473).await;
    let ground = Ground::new(&world, &world.mark);
    let uuid = ground.repo_app("site").await;
    let image = ground.image_app("web").await;
    let requests = world.coolify.requests().len();
    for (member, value) in [
        ("branch", json!("$(id)")),
        ("git_branch", json!("a;id")),
        ("branch", json!([7])),
        ("commit", json!("main; id")),
        ("ports", json!("80:80")),
        ("ports_exposes", json!([8080])),
        ("ports", json!("0")),
        ("ports", json!("80,99999")),
        ("startCommand", json!("a".repeat(1001))),
        ("name", json!(" ")),
        ("name", json!("a b;c")),
        ("description", json!("a".repeat(256))),
    ] {
        let params = json!({ "uuid": uuid, "patch": { member: value } });
        let refused = ground.call_refused("apps.update", params, 400).await;
        assert!(
            refused["error"].as_str().is_some_and(|error| error.contains("`patch.")),
            "{refused}"
        );
    }
    for (member, command) in
        [("buildCommand", "echo \"$(cat /etc/passwd)\""), ("install_command", "x' ; id #")]
    {
        let params = json!({ "uuid": uuid, "patch": { member: command } });
        let refused = ground.call_refused("apps.update", params, 422).await;
        assert!(refused["hint"].to_string().contains("sh build.sh"), "{refused}");
    }
    let climbing = json!({ "uuid": uuid, "patch": { "base_directory": "/a/../../etc" } });
    let refused = ground.call_refused("apps.update", climbing, 400).await;
    assert!(refused["error"].to_string().contains("patch.baseDirectory"), "{refused}");
    ground.call_refused("apps.update", json!({ "uuid": uuid, "patch": {} }), 400).await;
    assert_eq!(world.coolify.requests().len(), requests, "nothing of it went any further");
    let odd = json!({ "uuid": image, "patch": { "image": "Not An Image" } });
    assert!(
        ground.call_refused("apps.update", odd, 400).await["error"]
            .to_string()
            .contains("patch.image")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_image_apps_image_can_be_changed() {
    for version in Version::ALL {
        let world = world(version).await;
        let ground = Ground::new(&world, &world.mark);
        let uuid = ground.image_app("web").await;
        let digest = format!("ghcr.io/org/web@sha256:{}", "ab".repeat(32));
        for (image, shown) in [
            ("nginx:1.28", "nginx:1.28"),
            ("nginx", "nginx:latest"),
            (&digest, &digest),
            ("quay.io/org/x:y", "quay.io/org/x:y"),
        ] {
            let patch = json!({ "image": image, "branch": "main" });
            let answer =
                ground.call_ok("apps.update", json!({ "uuid": uuid, "patch": patch })).await;
            assert_eq!(
                answer["applied"],
                json!(["image"]),
                "{image} on {}: {answer}",
                version.text()
            );
            assert_eq!(members_of(&answer["ignored"], "field"), ["branch"]);
            let app = ground.call_ok("apps.get", json!({ "uuid": uuid })).await;
            assert_eq!(app["image"], shown);
        }
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_compose_apps_file_can_be_changed_and_unsafe_files_are_refused() {
    for version in Version::ALL {
        let world = world(version).await;
        let ground = Ground::new(&world, &world.mark);
        let uuid = ground.stack("crm", STACK).await;
        let file = STACK.replace("server:1.0", "server:2.0");
        let patch = json!({ "compose_raw": file, "description": "x", "branch": "y" });
        let answer = ground.call_ok("apps.update", json!({ "uuid": uuid, "patch": patch })).await;
        assert_eq!(answer["applied"], json!(["description", "compose_raw"]), "{answer}");
        assert_eq!(members_of(&answer["ignored"], "field"), ["branch"]);
        assert_eq!(answer["needsDeploy"], true);
        let params = json!({ "uuid": uuid, "patch": { "composeRaw": file } });
        let again = ground.call_ok("apps.update", params).await;
        assert_eq!(again["applied"], json!(["composeRaw"]), "{again}");
        assert_eq!(again["needsDeploy"], true, "it is not deployed yet: {again}");
        let app = ground.call_ok("apps.get", json!({ "uuid": uuid })).await;
        assert!(app["services"].to_string().contains("server:2.0"), "{app}");
        let bad = file.replace("expose:", "privileged: true\n    expose:");
        let params = json!({ "uuid": uuid, "patch": { "composeRaw": bad } });
        let refused = ground.call_refused("apps.update", params, 422).await;
        assert!(refused.to_string().contains("services.server.privileged"), "{refused}");
        world.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn renaming_an_app_to_a_name_in_use_is_refused() {
    let world = world(Version::V4_3).await;
    let ground = Ground::new(&world, &world.mark);
    let app = ground.image_app("one").await;
    let stack = ground.stack("two", STACK).await;
    for (uuid, name) in [(&app, "two"), (&stack, "one")] {
        let params = json!({ "uuid": uuid, "patch": { "name": name } });
        let refused = ground.call_refused("apps.update", params, 409).await;
        assert!(refused["error"].as_str().is_some_and(|text| text.contains(name)), "{refused}");
    }
    for uuid in [&app, &stack] {
        let own = ground.call_ok("apps.get", json!({ "uuid": uuid })).await["name"].clone();
        let params = json!({ "uuid": uuid, "patch": { "name": own } });
        assert_eq!(ground.call_ok("apps.update", params).await["applied"], json!(["name"]));
        let params = json!({ "uuid": uuid, "patch": { "name": format!("{uuid}x") } });
        let answer = ground.call_ok("apps.update", params).await;
        assert_eq!((&answer["applied"], &answer["needsDeploy"]), (&json!(["name"]), &json!(false)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn at_most_one_of_two_concurrent_renames_gets_a_name() {
    let world = world(Version::V4_3).await;
    let ground = Ground::new(&world, &world.mark);
    let (one, two) = (ground.image_app("one").await, ground.image_app("two").await);
    for round in 0..8 {
        let name = format!("wanted-{round}");
        let rename = async |uuid: &str| {
            ground.call("apps.update", json!({ "uuid": uuid, "patch": { "name": name } })).await.0
        };
        let (first, second) = tokio::join!(rename(&one), rename(&two));
        assert!(first != 200 || second != 200, "both got it");
        let list = ground.call_ok("apps.list", json!({})).await;
        let names = members_of(&list["apps"], "name");
        assert!(names.iter().filter(|each| **each == name).count() <= 1, "{names:?}");
    }
}

/// Whoever does not get the name gets nothing: the rest of the patch waits for it.
#[tokio::test(flavor = "multi_thread")]
async fn a_patch_whose_name_is_refused_changes_nothing_else() {
    let world = world(Version::V4_3).await;
    let ground = Ground::new(&world, &world.mark);
    let (one, two) = (ground.image_app("one").await, ground.stack("two", STACK).await);
    for round in 0..8 {
        let name = format!("wanted-{round}");
        let rename = async |uuid: &str| {
            let patch = json!({ "name": name, "description": format!("{uuid} {round}") });
            ground.call("apps.update", json!({ "uuid": uuid, "patch": patch })).await.0
        };
        let (first, second) = tokio::join!(rename(&one), rename(&two));
        assert!(first != 200 || second != 200, "both got it");
        for (uuid, status) in [(&one, first), (&two, second)] {
            let kind = if *uuid == one { "applications" } else { "services" };
            let kept = ground.coolify("GET", &format!("/{kind}/{uuid}"), &Value::Null).await;
            let text = without_mark(&kept["description"]);
            let is_there = text == format!("{uuid} {round}");
            assert_eq!((is_there, kept["name"] == name), (status == 200, status == 200), "{kept}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_branch_change_hints_that_a_pinned_commit_is_still_deployed() {
    let world = world(Version::V4_3).await;
    let ground = Ground::new(&world, &world.mark);
    let uuid = ground.repo_app("site").await;
    ground.branches("site", &["a", "b", "c", "d"]).await;
    let commit = ground.tip("site").await;
    let update = async |patch: Value| {
        ground.call_ok("apps.update", json!({ "uuid": uuid, "patch": patch })).await
    };
    assert!(update(json!({ "branch": "a" })).await.get("hints").is_none());
    assert!(update(json!({ "branch": "b", "commit": commit })).await.get("hints").is_none());
    let answer = update(json!({ "branch": "c" })).await;
    let hint = answer["hints"].to_string();
    assert!(hint.contains(&commit) && hint.contains("HEAD"), "{answer}");
    assert!(update(json!({ "branch": "d", "commit": "HEAD" })).await.get("hints").is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn renaming_an_app_to_the_name_of_an_unfinished_creation_is_refused() {
    let world = world(Version::V4_3).await;
    let ground = Ground::new(&world, &world.mark);
    let uuid = ground.image_app("one").await;
    // With a check, Coolify gets a PATCH after the creation.
    let create = json!({ "image": "nginx:1.27", "name": "half", "instantDeploy": false,
        "healthCheck": { "path": "/" } });
    world.coolify.arm(Fault::new(Name::Status).on("PATCH", "/applications/").status(500));
    assert_eq!(ground.call("apps.create", create.clone()).await.0, 502);
    let rename = json!({ "uuid": uuid, "patch": { "name": "half" } });
    ground.call_refused("apps.update", rename.clone(), 409).await;
    let made = ground.call_ok("apps.create", create).await;
    assert_ne!(made["uuid"], json!(uuid), "it is not taken for the unfinished one");
    ground.call_refused("apps.update", rename, 409).await;
}

/// Coolify holds 255 characters, and the mark of the creation is among them.
#[tokio::test(flavor = "multi_thread")]
async fn a_description_that_leaves_no_room_for_the_mark_is_refused() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let image = json!({ "image": "nginx:1", "name": "site", "instantDeploy": false });
    let app = agent.compact("apps.create", &image).await.expect("an app")["uuid"].clone();
    let stored = async || {
        let path = format!("/applications/{}", app.as_str().expect("a text"));
        let read = world.operator().coolify("GET", &path, &Value::Null).await;
        read["description"].as_str().expect("a text").to_owned()
    };
    let patch = |length: usize| {
        let description = "\u{e4}".repeat(length);
        json!({ "uuid": app, "patch": { "description": description } })
    };
    let before = stored().await;
    let refused = agent.compact_raw("apps.update", &patch(217)).await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    assert!(refused.text.contains("216 characters"), "{}", refused.text);
    assert_eq!(stored().await, before);
    agent.compact("apps.update", &patch(216)).await.expect("a change");
    let after = stored().await;
    assert!(after.contains("(Co-Vibe crt_") && after.chars().count() == 255, "{after}");
}
