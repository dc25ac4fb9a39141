//! Environment variables of apps of either kind, by every surface and on every release of Coolify.

mod build_variables;
mod compose_variables;
mod failed_writes;
mod public_variables;
mod secrets;
mod total_size;
mod value_escaping;

use covibe_sandbox::coolify::Version;
use covibe_testkit::{Agent, World};
use serde_json::{Value, json};

use crate::support::{CallStyle, schema_validation, served_on, start_on_release, tool};

const FILE: &str = "services: {web: {image: 'a/b:1', expose: ['80'], \
                    environment: {P: '${SERVICE_PASSWORD_WEB}', L: '${LEVEL:-info}'}}}";

/// An agent with an app, and what Coolify holds of its variables.
struct Bench<'a> {
    world: &'a World,
    agent: &'a Agent,
    app: Value,
    family: &'static str,
}

impl<'a> Bench<'a> {
    async fn image(world: &'a World, name: &str) -> Self {
        Self::new(world, "applications", json!({ "image": "nginx:1", "name": name })).await
    }

    async fn stack(world: &'a World, name: &str) -> Self {
        Self::new(world, "services", json!({ "composeRaw": FILE, "name": name })).await
    }

    async fn new(world: &'a World, family: &'static str, mut params: Value) -> Self {
        let agent = &world.mark.agent;
        params["instantDeploy"] = json!(false);
        let made = agent.compact("apps.create", &params).await.expect("an app");
        Self { world, agent, app: made["uuid"].clone(), family }
    }

    fn params(&self, mut params: Value) -> Value {
        params["uuid"] = self.app.clone();
        params
    }

    async fn set(&self, params: Value) -> Value {
        let params = self.params(params);
        let set = self.agent.compact("apps.envs.upsert", &params).await;
        set.unwrap_or_else(|why| panic!("{params}: {why}"))
    }

    /// A call that must fail: its status and body.
    async fn fail(&self, tool: &str, params: Value) -> (u16, Value) {
        let answer = self.agent.compact_raw(tool, &self.params(params)).await;
        assert!(answer.status >= 400, "{tool}: {}", answer.text);
        (answer.status, answer.json())
    }

    /// All of a name, production before preview.
    async fn list_variable(&self, key: &str) -> Vec<Value> {
        let params = self.params(json!({}));
        let listed = self.agent.compact("apps.envs.list", &params).await.expect("variables");
        let mut listed = listed["envs"].as_array().cloned().expect("a list");
        listed.retain(|env| env["key"] == key);
        listed
    }

    /// The same as Coolify has them.
    async fn stored_variable(&self, key: &str) -> Vec<Value> {
        let path = format!("/{}/{}/envs", self.family, self.app.as_str().expect("a text"));
        let mut held = self.world.operator().coolify_list(&path).await;
        held.retain(|env| env["key"] == key);
        held.sort_by_key(|env| env["is_preview"].as_bool());
        held
    }

    /// Returns the number of calls to Coolify that change variables.
    fn writes(&self) -> usize {
        let requests = self.world.coolify.requests();
        let writes = requests.iter().filter(|it| it.path.contains("/envs") && it.method != "GET");
        writes.count()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_surface_sets_lists_and_deletes_variables_on_every_release() {
    for version in Version::ALL {
        let world = served_on(version).await;
        let benches = [Bench::image(&world, "image").await, Bench::stack(&world, "stack").await];
        for bench in &benches {
            for via in CallStyle::ALL {
                round(bench, via).await;
            }
        }
    }
}

async fn round(bench: &Bench<'_>, via: CallStyle) {
    let call = async |name: &str, params: Value| {
        let tool = tool(bench.world, name);
        let told = via.call(bench.agent, &tool, &bench.params(params)).await;
        if let Ok(value) = &told.outcome {
            schema_validation::assert_valid(&tool.output, value, name);
        }
        told
    };
    let one = json!({ "key": "ONE", "value": "1", "isLiteral": true, "isBuildTime": true });
    for needs_deploy in [true, false] {
        let set = call("apps.envs.upsert", one.clone()).await.result("one");
        assert_eq!(set, json!({ "written": ["ONE"], "needsDeploy": needs_deploy }));
    }
    let several = json!([{ "key": "TWO", "value": "2", "is_build_time": 7 },
                         { "key": "ONE", "value": "1b" }]);
    let set = call("apps.envs.upsert", json!({ "envs": several })).await.result("several");
    assert_eq!(set["written"], json!(["TWO", "ONE"]));
    let listed = call("apps.envs.list", json!({})).await.result("a list");
    let find = |key: &str| {
        let envs = listed["envs"].as_array().expect("a list");
        let of_key = |env: &&Value| env["key"] == key && env["isPreview"] == false;
        envs.iter().find(of_key).unwrap_or_else(|| panic!("{key}: {listed}")).clone()
    };
    assert_eq!((&find("ONE")["value"], &find("TWO")["value"]), (&json!("1b"), &json!("2")));
    assert_eq!(find("ONE")["isLiteral"], true, "flags are kept: {listed}");
    for key in ["ONE", "TWO"] {
        let deleted = call("apps.envs.delete", json!({ "key": key })).await.result("gone");
        assert_eq!(deleted, json!({ "deleted": key, "needsDeploy": true }));
        assert_eq!(bench.stored_variable(key).await, [] as [Value; 0], "its copy too");
        let again = call("apps.envs.delete", json!({ "key": key })).await;
        assert_eq!(again.status, 404, "{}", again.answer.text);
        assert!(again.failure()["hint"].is_string(), "{}", again.answer.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn flags_of_a_variable_are_kept_unless_the_call_passes_them() {
    for version in Version::ALL {
        let world = start_on_release(version).await;
        for bench in [Bench::image(&world, "image").await, Bench::stack(&world, "stack").await] {
            bench
                .set(json!({ "key": "A", "value": "1", "isLiteral": true, "isMultiline": true }))
                .await;
            bench.set(json!({ "key": "A", "value": "2" })).await;
            let held = &bench.stored_variable("A").await[0];
            assert_eq!((&held["is_literal"], &held["is_multiline"]), (&json!(true), &json!(true)));
            bench.set(json!({ "key": "A", "value": "3", "isLiteral": false })).await;
            let held = &bench.stored_variable("A").await[0];
            // Between quotes, nothing in it would be replaced.
            let flags = (&held["is_literal"], &held["is_multiline"]);
            assert_eq!(flags, (&json!(false), &json!(false)));
            assert_eq!(held["value"], "3");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_with_one_invalid_variable_writes_none() {
    let world = World::embedded().await;
    for bench in [Bench::image(&world, "image").await, Bench::stack(&world, "stack").await] {
        let before = bench.writes();
        let many: Vec<_> =
            (0..101).map(|n| json!({ "key": format!("K{n}"), "value": "" })).collect();
        let ok = json!({ "key": "OK", "value": "1" });
        for (envs, status) in [
            (json!([ok, { "key": "no-key", "value": "" }]), 400),
            (json!([ok, { "key": "", "value": "" }]), 400),
            (json!([ok, { "key": "9", "value": "" }]), 400),
            (json!([ok, ok]), 400),
            (json!([ok, { "key": "A", "value": "x".repeat(65_537) }]), 400),
            (json!([ok, { "key": "A", "value": "a\u{0}" }]), 400),
            (json!([ok, { "key": "A", "value": "a\nb", "isMultiline": false }]), 400),
            (json!([ok, { "key": "A", "value": "x {{ team.KEY }}" }]), 422),
            (json!([]), 400),
            (json!(many), 400),
        ] {
            let (told, body) = bench.fail("apps.envs.upsert", json!({ "envs": envs })).await;
            assert_eq!(told, status, "{envs}: {body}");
        }
        for params in [
            json!({}),
            json!({ "key": "A" }),
            json!({ "key": "A", "value": "", "envs": [ok] }),
            json!({ "envs": [ok], "isLiteral": true }),
        ] {
            assert_eq!(bench.fail("apps.envs.upsert", params).await.0, 400);
        }
        assert_eq!(bench.writes(), before, "nothing of it went any further");
        assert!(bench.stored_variable("OK").await.is_empty());
        bench.set(json!({ "key": "A", "value": "x".repeat(65_536) })).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn deleting_a_misspelled_variable_suggests_the_nearest_name() {
    let world = World::embedded().await;
    let bench = Bench::stack(&world, "stack").await;
    bench.set(json!({ "key": "DATABASE_URL", "value": "x" })).await;
    let (status, body) = bench.fail("apps.envs.delete", json!({ "key": "DATABASE_UR" })).await;
    assert_eq!(status, 404, "{body}");
    assert!(body["hint"].as_str().is_some_and(|hint| hint.contains("DATABASE_URL")), "{body}");
}

/// The variables of a new app go the same way.
#[tokio::test(flavor = "multi_thread")]
async fn variables_of_a_new_app_are_written_before_its_first_deployment() {
    for version in Version::ALL {
        let world = start_on_release(version).await;
        world.coolify.clear_requests();
        let envs = json!([{ "key": "A", "value": "a\nb", "isBuildTime": false },
                          { "key": "S", "value": "s-3-cret", "isShownOnce": true }]);
        let params = json!({ "image": "nginx:1", "name": "web", "envs": envs });
        let made = world.mark.agent.compact("apps.create", &params).await.expect("an app");
        let at = |part: &str| {
            let requests = world.coolify.requests();
            requests.iter().position(|it| it.path.ends_with(part)).expect("a request")
        };
        assert!(at("/envs/bulk") < at("/deploy"), "before its first deployment");
        let bench = Bench {
            world: &world,
            agent: &world.mark.agent,
            app: made["uuid"].clone(),
            family: "applications",
        };
        assert_eq!(bench.stored_variable("A").await[0]["is_multiline"], true);
        assert!(bench.list_variable("S").await.iter().all(|env| env.get("value").is_none()));
        assert!(bench.stored_variable("S").await.iter().all(|env| env["is_shown_once"] == true));
    }
}
