//! Values reach the app unchanged, or the call says what becomes of them.

use covibe_sandbox::coolify::Collection;
use covibe_testkit::World;
use serde_json::{Value, json};

use super::Bench;

/// Values that arrive changed in one form or the other.
const VALUES: [&str; 9] = [
    "say \"hi\"",
    "back\\slash",
    "pa$$word$HOME ${X:-y} $1",
    "postgres://u:p%40$s#w@db:5432/x?a=b #c",
    "a\tb",
    "-----BEGIN-----\nabc\n-----END-----",
    "`id` $(id)",
    "{\"a\": \"it's\"}",
    "",
];

/// Returns what a container of this app gets for a variable.
fn arrived(world: &World, app: &str, key: &str) -> Option<String> {
    let prefix = format!("{app}/{key}=");
    let all = world.coolify.names(Collection::ContainerVariables);
    all.iter().find_map(|line| line.strip_prefix(&prefix)).map(str::to_owned)
}

#[tokio::test(flavor = "multi_thread")]
async fn values_of_variables_arrive_unchanged_in_the_container() {
    let world = World::embedded().await;
    let benches = [
        ("image", Bench::image(&world, "image").await),
        ("stack", Bench::stack(&world, "stack").await),
    ];
    for (name, bench) in benches {
        // The second time over a variable with another form.
        for round in 0..2 {
            for (at, value) in VALUES.iter().enumerate() {
                let key = format!("K{}", (at + round) % VALUES.len());
                let told = bench.set(json!({ "key": key, "value": value })).await;
                assert_eq!(told.get("warning"), None, "{value}");
                assert_eq!(arrived(&world, name, &key).as_deref(), Some(*value), "{name}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_that_coolify_cannot_deliver_unchanged_is_rejected() {
    let world = World::embedded().await;
    for bench in [Bench::image(&world, "image").await, Bench::stack(&world, "stack").await] {
        let before = bench.writes();
        for value in ["it's", " padded ", "x\\", "a\r\nb", "-----END-----\n"] {
            let envs = json!([{ "key": "OK", "value": "1" }, { "key": "A", "value": value }]);
            let (status, body) = bench.fail("apps.envs.upsert", json!({ "envs": envs })).await;
            assert_eq!(status, 422, "{body}");
            assert!(body["hint"].as_str().is_some_and(|hint| hint.contains("base64")), "{body}");
            assert!(body["details"]["fields"]["A"].is_array(), "{body}");
        }
        assert_eq!(bench.writes(), before);
    }
    let params =
        json!({ "image": "nginx:1", "name": "web", "envs": [{ "key": "A", "value": "it's" }] });
    let refused = world.mark.agent.compact_raw("apps.create", &params).await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    assert!(!world.coolify.names(Collection::Applications).contains(&"web".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn explicit_flags_are_kept_and_their_effect_is_reported_in_a_warning() {
    let world = World::embedded().await;
    let bench = Bench::image(&world, "image").await;
    for (value, arrives, word) in [
        ("hunter2$HOME", "hunter2/root", "$NAME"),
        ("it's", "it\\'s", "backslash"),
        ("a #b", "a", "#"),
        (" x ", "x", "blanks"),
    ] {
        let told = bench.set(json!({ "key": "A", "value": value, "isLiteral": false })).await;
        let warning = told["warning"].as_str().expect("a warning");
        assert!(
            warning.starts_with("A does not arrive unchanged") && warning.contains(word),
            "{told}"
        );
        assert!(!warning.contains("hunter2"), "{told}");
        assert_eq!(arrived(&world, "image", "A").as_deref(), Some(arrives));
    }
    let envs: Value = json!([{ "key": "A", "value": "$HOME", "isLiteral": false }]);
    let params = json!({ "image": "nginx:1", "name": "web", "envs": envs, "instantDeploy": false });
    let made = world.mark.agent.compact("apps.create", &params).await.expect("an app");
    assert!(made["warnings"].to_string().contains("does not arrive unchanged"), "{made}");
}

/// Whatever form the variable had before.
#[tokio::test(flavor = "multi_thread")]
async fn a_value_with_an_apostrophe_arrives_or_is_refused_with_a_working_fix() {
    let world = World::embedded().await;
    for (name, bench) in [
        ("image", Bench::image(&world, "image").await),
        ("stack", Bench::stack(&world, "stack").await),
    ] {
        for old in [json!({ "isLiteral": true }), json!({ "isMultiline": true })] {
            let mut first = json!({ "key": "A", "value": "x" });
            first
                .as_object_mut()
                .expect("an object")
                .extend(old.as_object().cloned().expect("flags"));
            bench.set(first.clone()).await;
            let json = "{\"a\": \"it's\"}";
            for flags in [json!({}), json!({ "isLiteral": true }), json!({ "isMultiline": true })] {
                let mut params = json!({ "key": "A", "value": json });
                params
                    .as_object_mut()
                    .expect("an object")
                    .extend(flags.as_object().cloned().expect("flags"));
                let told = bench.set(params).await;
                assert_eq!(told.get("warning"), None, "{flags}");
                assert_eq!(arrived(&world, name, "A").as_deref(), Some(json), "{flags}");
            }
            first["value"] = json!("it's");
            let (status, body) = bench.fail("apps.envs.upsert", first).await;
            assert_eq!(status, 422, "{body}");
            let hint = body["hint"].as_str().expect("a hint");
            assert!(hint.contains("`isLiteral: false` and `isMultiline: false`"), "{hint}");
            let as_told =
                json!({ "key": "A", "value": "it's", "isLiteral": false, "isMultiline": false });
            let told = bench.set(as_told).await;
            assert!(told["warning"].as_str().is_some_and(|it| it.contains("backslash")), "{told}");
        }
    }
}
