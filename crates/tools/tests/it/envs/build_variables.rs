//! Variables that an app's build must not get, because programs of the host read them.

use covibe_sandbox::coolify::Version;
use covibe_testkit::{World, git};
use serde_json::{Value, json};

use super::{Bench, start_on_release};

/// An app that is built from code, of an agent of this world.
async fn built_app<'a>(world: &'a World, name: &str) -> Bench<'a> {
    let repo = git::repository(&world.mark.agent, &format!("{name}-code")).await;
    Bench::new(world, "applications", json!({ "repo": repo, "name": name })).await
}

/// For production and previews, whether the build gets it.
async fn gets(bench: &Bench<'_>, key: &str) -> Vec<bool> {
    let held = bench.stored_variable(key).await;
    held.iter().map(|env| env["is_buildtime"].as_bool().expect("a flag")).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn variables_that_control_programs_of_the_host_are_refused() {
    let world = World::embedded().await;
    for bench in [Bench::image(&world, "image").await, built_app(&world, "site").await] {
        let before = bench.writes();
        for (key, status) in [
            ("COMPOSE_FILE", 422),
            ("DOCKER_HOST", 422),
            ("DOCKER_CONFIG", 422),
            ("BASH_ENV", 422),
            ("IFS", 422),
            ("LD_PRELOAD", 422),
            ("BUILDKIT_HOST", 422),
        ] {
            let (told, body) =
                bench.fail("apps.envs.upsert", json!({ "key": key, "value": "x" })).await;
            assert_eq!(told, status, "{key}: {body}");
        }
        // Docker compose would read another variable behind the mark.
        for value in ["x' COMPOSE_FILE=/data/x B='y", "x\\"] {
            let params = json!({ "key": "A", "value": value, "isLiteral": true });
            let (told, body) = bench.fail("apps.envs.upsert", params).await;
            assert_eq!(told, 422, "{value}: {body}");
        }
        assert_eq!(bench.writes(), before);
        // It is literal since before.
        bench.set(json!({ "key": "A", "value": "x", "isLiteral": true })).await;
        let (told, body) =
            bench.fail("apps.envs.upsert", json!({ "key": "A", "value": "'" })).await;
        assert_eq!(told, 422, "{body}");
        bench.set(json!({ "key": "A", "value": "it's", "isLiteral": false })).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn variables_that_affect_the_build_host_reach_only_the_running_app() {
    for version in Version::ALL {
        let world = start_on_release(version).await;
        let bench = built_app(&world, "site").await;
        let told = bench.set(json!({ "key": "VITE_URL", "value": "$COOLIFY_URL/x" })).await;
        assert_eq!((told.get("warning"), gets(&bench, "VITE_URL").await), (None, vec![true; 2]));
        let envs = json!([{ "key": "PATH", "value": "./bin:$PATH" },
                          { "key": "A", "value": "$(id) `id`" },
                          { "key": "B", "value": "${A@P}", "isLiteral": false }, { "key": "C", "value": "1" }]);
        let told = bench.set(json!({ "envs": envs })).await;
        let warning = told["warning"].as_str().expect("a warning");
        assert!(
            warning.contains("gets PATH, B, but its build") && warning.contains("isLiteral"),
            "{told}"
        );
        for (key, expected) in [("PATH", false), ("A", true), ("B", false), ("C", true)] {
            assert_eq!(gets(&bench, key).await, [expected; 2], "{key} on {}", version.text());
        }
        let listed = &bench.list_variable("PATH").await[0];
        assert_eq!(
            (&listed["value"], &listed["isBuildTime"]),
            (&json!("./bin:$PATH"), &json!(false))
        );
        // As it is, it may be there; and so may its copy, once it is told.
        bench.set(json!({ "key": "B", "value": "${A@P}", "isLiteral": true })).await;
        assert!(gets(&bench, "B").await[0]);
    }
}

/// As a person sets them in Coolify, or as they were set before there was such a rule.
#[tokio::test(flavor = "multi_thread")]
async fn an_unsafe_old_variable_is_removed_from_the_build() {
    let world = World::embedded().await;
    let bench = built_app(&world, "site").await;
    let path = format!("/applications/{}/envs/bulk", bench.app.as_str().expect("a text"));
    let old = |key: &str, value: &str, preview: bool| json!({ "key": key, "value": value, "is_preview": preview, "is_buildtime": true });
    let data = json!({ "data": [old("HOME", "/a", false), old("HOME", "/b", true),
                                old("OK", "1", false), old("OK", "`id`", true),
                                old("TRIAL", "1", false)] });
    world.operator().coolify("PATCH", &path, &data).await;
    assert_eq!(gets(&bench, "HOME").await, [true; 2]);
    bench.set(json!({ "key": "HOME", "value": "/c" })).await;
    assert_eq!(gets(&bench, "HOME").await, [false; 2]);
    let values: Vec<Value> =
        bench.stored_variable("HOME").await.iter().map(|it| it["value"].clone()).collect();
    assert_eq!(values, [json!("/c"), json!("/b")], "a preview keeps its own");
    bench.set(json!({ "key": "OK", "value": "2" })).await;
    assert_eq!(gets(&bench, "OK").await, [true, false], "its copy's value would act");
    bench
        .set(json!({ "key": "TRIAL", "value": "${A[0]}", "isPreview": true, "isLiteral": false }))
        .await;
    assert_eq!(gets(&bench, "TRIAL").await, [true, false]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_app_is_warned_of_variables_withheld_from_its_build() {
    let world = World::embedded().await;
    let agent = &world.mark.agent;
    let repo = git::repository(agent, "code").await;
    let envs = json!([{ "key": "HOME", "value": "/data" }, { "key": "PORT", "value": "3000" }]);
    let params = json!({ "repo": repo, "name": "site", "envs": envs, "instantDeploy": false });
    let made = agent.compact("apps.create", &params).await.expect("an app");
    let warnings = made["warnings"].to_string();
    assert!(warnings.contains("gets HOME, but its build"), "{made}");
    let image = Bench::image(&world, "image").await;
    let told = image.set(json!({ "key": "HOME", "value": "/data" })).await;
    assert_eq!((told.get("warning"), gets(&image, "HOME").await), (None, vec![false; 2]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_reaches_a_build_only_with_is_build_time() {
    let world = World::embedded().await;
    let bench = built_app(&world, "site").await;
    let secret = |more: Value| {
        let mut params = json!({ "key": "S", "value": "hunter-1", "isShownOnce": true });
        params.as_object_mut().expect("an object").extend(more.as_object().expect("one").clone());
        params
    };
    for (more, is_built, said) in [
        (json!({}), false, "pass `isBuildTime: true`"),
        (json!({ "isBuildTime": true }), true, "a layer of the image"),
        (json!({ "isBuildTime": false }), false, ""),
    ] {
        let told = bench.set(secret(more.clone())).await;
        assert_eq!(told["warning"].is_string(), !said.is_empty(), "{more}: {told}");
        assert!(told["warning"].as_str().unwrap_or_default().contains(said), "{more}: {told}");
        for held in bench.stored_variable("S").await {
            assert_eq!(held["is_buildtime"], is_built, "{more}: {held}");
        }
    }
    let open = bench.set(json!({ "key": "OPEN", "value": "1", "isBuildTime": false })).await;
    assert_eq!(open.get("warning"), None, "{open}");
    assert!(bench.stored_variable("OPEN").await.iter().all(|held| held["is_buildtime"] == false));
    // A program of the host would interpret it.
    let steering = json!({ "key": "PATH", "value": "/x", "isBuildTime": true });
    let told = bench.set(steering).await;
    assert!(told["warning"].to_string().contains("its build does not"), "{told}");
    assert!(bench.stored_variable("PATH").await.iter().all(|held| held["is_buildtime"] == false));
}
