//! Every operation by every surface, with every key and resource that must not do; computed from
//! the registry, on both databases.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use covibe_dispatch::Tool;
use covibe_domain::{Kind, Timestamp};
use covibe_identity::{Expiry, KeyRequest};
use covibe_store::Backend;
use covibe_testkit_http::{Agent, Options, World};
use serde_json::{Value, json};

use crate::support::workspace_resources::{fresh_key, repository};
use crate::support::{
    CallStyle, Estate, all_calls, calls_by_database, parameter_samples, schema_validation, tool,
};

/// Makes each named test run on both databases, as `sqlite::name` and `postgres::name`.
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread")] async fn $name() {
                super::$name(super::Pair::on(super::Backend::Sqlite).await.expect("SQLite")).await;
            })+
        }
        mod postgres {
            $(#[tokio::test(flavor = "multi_thread")] async fn $name() {
                if let Some(pair) = super::Pair::on(super::Backend::Postgres).await {
                    super::$name(pair).await;
                }
            })+
        }
    };
}

mod mistaken_upstreams;
mod read_only;

on_both!(
    all_invalid_keys_get_the_same_401_answer,
    the_path_of_a_workspace_refuses_keys_of_other_workspaces,
    resources_of_other_workspaces_are_refused,
    absent_resources_are_not_found,
    every_tool_works_on_own_resources_and_shows_no_foreign_ones,
);

/// A world with two workspaces, both filled.
struct Pair {
    world: World,
    mark: Estate,
    justine: Estate,
}

impl Pair {
    async fn on(backend: Backend) -> Option<Self> {
        let world = World::start(Options { backend, ..Options::default() }).await?;
        let mark = Estate::create(&world, &world.mark, "a").await;
        let justine = Estate::create(&world, &world.justine, "a").await;
        Some(Self { world, mark, justine })
    }

    fn calls(&self) -> Vec<(Arc<Tool>, CallStyle)> {
        calls_by_database(&self.world, &CallStyle::ALL)
    }

    /// `Authorization` headers that open nothing, each with what is wrong with it.
    async fn bad_headers(&self) -> Vec<(&'static str, String)> {
        let bearer = |token: &str| format!("Bearer {token}");
        let good = self.mark.agent.key.as_ref().expect("a key").expose();
        let revoked = fresh_key(&self.mark.agent).await;
        let path = format!("/api/workspaces/mark/keys/{}", revoked["id"].as_str().expect("a text"));
        assert_eq!(self.mark.agent.send("DELETE", &path, &[], None).await.status, 200);
        let record = &self.world.mark.record;
        let expiry = Expiry::At(Timestamp::from_millis(1));
        let request = KeyRequest { expiry, ..KeyRequest::default() };
        let expired = self.world.identity.mint_first(&record.tenant, &record.id, request).await;
        let mut headers = self.credentials_of_upstreams().await;
        headers.extend([
            ("empty", String::new()),
            ("no token", "Bearer".to_owned()),
            ("another scheme", "Basic bWFyazptYXJr".to_owned()),
            ("no scheme", good.to_owned()),
            ("a stranger", bearer("hunter2")),
            ("the prefix alone", bearer("vibn_sk_")),
            ("cut short", bearer(&good[..good.len() - 1])),
            ("too long by one", bearer(&format!("{good}A"))),
            ("never minted", bearer(&format!("vibn_sk_{}", "A".repeat(43)))),
            ("in capitals", bearer(&good.to_uppercase())),
            ("endless", bearer(&"x".repeat(5000))),
            ("no ASCII", bearer("vibn_sk_ÄÖÜ")),
            ("SQL", bearer("' OR '1'='1")),
            ("unexpanded", bearer("${VIBN_API_KEY}")),
            ("revoked", bearer(revoked["token"].as_str().expect("a text"))),
            ("expired", bearer(expired.expect("a key").token.expose())),
        ]);
        headers
    }

    /// `Authorization` headers that open something on the upstreams, and nothing here: the bot's, a
    /// person's who signed up on Gitea, and another installation's.
    async fn credentials_of_upstreams(&self) -> Vec<(&'static str, String)> {
        use base64::Engine as _;
        let basic = |text: &str| {
            format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(text))
        };
        let access = covibe_testkit_http::git::access(&self.mark.agent).await;
        let pat = access["bot"]["token"].as_str().expect("a token");
        self.world.operator().make_user("stranger", "stranger@else.test", false).await;
        let directory = tempfile::tempdir().expect("a directory");
        let other = self.world.another_installation(directory.path()).await;
        let away = other.create_workspace("away").await.expect("a workspace");
        let theirs = other.identity.mint_first(&away.tenant, &away.id, KeyRequest::default()).await;
        vec![
            ("the bot's token", format!("Bearer {pat}")),
            ("the bot's token as Gitea takes it", format!("token {pat}")),
            ("the bot's token as a password", basic(&format!("mark-bot:{pat}"))),
            ("a person on Gitea", basic("stranger:Long-Enough-1!")),
            (
                "another installation's key",
                format!("Bearer {}", theirs.expect("a key").token.expose()),
            ),
        ]
    }
}

/// Agents without a good key, each with what is wrong.
async fn strangers(pair: &Pair) -> Vec<(&'static str, Agent)> {
    let headers = pair.bad_headers().await.into_iter();
    let mut agents: Vec<_> =
        headers.map(|(why, header)| (why, pair.mark.agent.with_authorization(&header))).collect();
    agents.push(("no header", pair.mark.agent.with_key(None)));
    agents
}

async fn all_invalid_keys_get_the_same_401_answer(pair: Pair) {
    let strangers = strangers(&pair).await;
    let mut bodies = BTreeSet::new();
    for (tool, via) in pair.calls() {
        let params = parameter_samples::params(&tool, &pair.mark, "never-made");
        for (why, agent) in &strangers {
            let told = via.call(agent, &tool, &params).await;
            let what = format!("{} by {via:?}, {why}", tool.spec.name);
            assert_eq!(told.answer.status, 401, "{what}: {}", told.answer.text);
            let challenge = told.answer.headers["www-authenticate"].as_str();
            assert!(
                challenge.starts_with("Bearer error=\"invalid_token\", error_description=\""),
                "{what}"
            );
            assert_eq!(told.answer.headers["content-type"], "application/json", "{what}");
            pair.mark.assert_unseen(&told.answer.text, "", &what);
            let mut body = told.answer.json();
            if *why == "unexpanded" {
                let hint = body["hint"].take();
                assert!(hint.as_str().is_some_and(|hint| hint.contains("expand")), "{hint}");
                assert_eq!(body["error"], "No valid API key.");
            } else {
                bodies.insert(told.answer.text);
            }
        }
    }
    assert_eq!(bodies.len(), 1, "{bodies:#?}");
    let apps = pair.world.coolify.count(covibe_sandbox::coolify::Collection::Applications);
    assert_eq!(apps, 3, "the two of the workspaces and the foreign one");
}

async fn the_path_of_a_workspace_refuses_keys_of_other_workspaces(pair: Pair) {
    let paths = ["mark", "nobody-has-this", "..", "MARK", "m%61rk%00"];
    let mut texts = BTreeSet::new();
    for tool in pair.world.dispatcher.registry().operations() {
        if !tool.spec.route.full_path().contains("{slug}") {
            continue;
        }
        for slug in &paths[..if tool.spec.route.path.is_empty() { 2 } else { paths.len() }] {
            let agent = pair.justine.agent.with_slug(slug);
            for estate in [&pair.mark, &pair.justine] {
                let params = parameter_samples::params(tool, estate, "never-made");
                let answer = agent.rest_raw(tool, &params).await;
                let what = format!("{} in {slug}", tool.spec.name);
                if *slug == ".." {
                    assert!(matches!(answer.status, 403 | 404), "{what}: {}", answer.text);
                    continue;
                }
                assert_eq!(answer.status, 403, "{what}: {}", answer.text);
                pair.mark.assert_unseen(&answer.text, "", &what);
                texts.insert(answer.text);
            }
        }
    }
    assert_eq!(texts.len(), 1, "it tells nothing of the other workspace: {texts:#?}");
}

/// Returns the noun in the refusal of another project's resource.
fn noun(tool: &str) -> &'static str {
    match tool.split('.').next() {
        Some("apps" | "storage") => "Application",
        Some("auth") => "Service",
        Some("databases") => "Database",
        Some("deployments") => "Deployment",
        _ => {
            panic!("no noun for {tool}: add it to `noun` in crates/http/tests/it/access_matrix.rs")
        }
    }
}

async fn resources_of_other_workspaces_are_refused(pair: Pair) {
    let Pair { world, mark, justine } = &pair;
    for (tool, via) in all_calls(world) {
        if parameter_samples::id_parameter(&tool).is_none() {
            continue;
        }
        let id = parameter_samples::id_in(&tool, justine);
        let told =
            via.call(&mark.agent, &tool, &parameter_samples::params_with_id(&tool, mark, id)).await;
        let what = format!("{} by {via:?}", tool.spec.name);
        if ["keys.", "projects.", "domains.", "repos."]
            .iter()
            .any(|family| tool.spec.name.starts_with(family))
        {
            // They are found in their own workspace only: another one's is as good as none.
            assert_eq!(told.status, 404, "{what}: {}", told.answer.text);
        } else {
            assert_eq!(told.status, 403, "{what}: {}", told.answer.text);
            let sentence = format!(
                "{} {id} does not belong to project {}",
                noun(tool.spec.name),
                mark.project
            );
            assert_eq!(told.failure()["error"], json!(sentence), "{what}");
        }
        justine.assert_unseen(&told.answer.text, id, &what);
    }
    a_repository_of_others_is_refused(&pair).await;
    let told = justine.agent.compact("apps.envs.list", &json!({ "uuid": justine.app })).await;
    assert!(told.expect("variables").to_string().contains("justine-value"), "nothing was changed");
}

async fn a_repository_of_others_is_refused(pair: &Pair) {
    let create = tool(&pair.world, "apps.create");
    for repo in [format!("vibn-justine/{}", pair.justine.repo), "vibn-nobody/x".to_owned()] {
        for via in CallStyle::ALL {
            let told = via.call(&pair.mark.agent, &create, &json!({ "repo": repo })).await;
            assert_eq!(told.status, 403, "{via:?}: {}", told.answer.text);
            let rest = told.answer.text.replace(&repo, "");
            pair.justine.assert_unseen(&rest, "", "a foreign repository");
        }
    }
}

async fn absent_resources_are_not_found(pair: Pair) {
    for (tool, via) in pair.calls() {
        if parameter_samples::id_parameter(&tool).is_none() {
            continue;
        }
        let id = parameter_samples::absent_id(&tool);
        let params = parameter_samples::params_with_id(&tool, &pair.mark, id);
        let told = via.call(&pair.mark.agent, &tool, &params).await;
        let what = format!("{} by {via:?}", tool.spec.name);
        assert_eq!(told.status, 404, "{what}: {}", told.answer.text);
        let error = told.failure()["error"].to_string();
        assert!(error.contains(id), "{what} names what was not found: {error}");
        assert!(told.failure()["hint"].is_string(), "{what} says how to find the right one");
        pair.justine.assert_unseen(&told.answer.text, "", &what);
    }
}

/// A workspace that was ready once is not taken back.
fn is_for_unready(tool: &Tool) -> bool {
    tool.spec.name == "workspace.rollback"
}

/// Waits until the deployment has ended: one that has begun can't be cancelled.
async fn until_deployed(estate: &Estate) {
    let params = json!({ "uuid": estate.deployment });
    loop {
        let told = estate.agent.compact("deployments.logs", &params).await.expect("a log");
        if !["queued", "in_progress"].contains(&told["status"].as_str().expect("a status")) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

async fn every_tool_works_on_own_resources_and_shows_no_foreign_ones(pair: Pair) {
    let calls = pair.calls();
    let Pair { world, mut mark, justine } = pair;
    repository(&mark.agent, "another").await;
    let tenants = world.tenants_agent(&world.mark).await;
    until_deployed(&mark).await;
    for (number, (tool, via)) in calls.into_iter().enumerate() {
        if is_for_unready(&tool) {
            continue;
        }
        let agent = if parameter_samples::is_for_tenants(&tool) { &tenants } else { &mark.agent };
        let params = parameter_samples::params(&tool, &mark, &format!("sample-{number}"));
        let told = via.call(agent, &tool, &params).await;
        let what = format!("{} by {via:?}", tool.spec.name);
        assert!(
            told.outcome.is_ok(),
            "{what} with {params} (are the samples in crates/testkit/src/support/parameter_samples.rs \
             what it needs?): {}",
            told.answer.text
        );
        if via == CallStyle::Rest {
            assert_eq!(told.answer.status, tool.spec.status(), "{what}");
        }
        justine.assert_unseen(&told.answer.text, "", &what);
        schema_validation::assert_valid(&tool.output, &told.result(&what), &what);
        if tool.spec.access == covibe_domain::Access::Destroy {
            mark = Estate::create(&world, &world.mark, &format!("lot{number}")).await;
            until_deployed(&mark).await;
        }
    }
}

#[test]
fn every_kind_of_failure_has_its_own_http_status() {
    let statuses: BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.status()).collect();
    assert_eq!(statuses.len(), Kind::ALL.len());
    assert!(!statuses.contains(&500));
    assert_eq!(Value::from(Kind::Invalid.code()), json!("invalid"));
}
