//! The journey: everything that has to do with a secret, what goes right and what goes wrong.

mod storage;

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit_http::{Agent, Secrets, World, upstream_calls};
use serde_json::{Value, json};
use ssh_key::PrivateKey;

use super::CONTROL;
use super::answers::RecordedAnswers;
use crate::support::CallStyle;
use crate::support::workspace_resources::repository;

/// The agent of `mark` on its way.
pub(super) struct Journey<'a> {
    world: &'a World,
    agent: Agent,
    pub(super) told: RecordedAnswers,
    pub(super) secrets: Secrets,
}

const ONCE: &str = "env-value-shown-once-91cd";
const PLAIN: &str = "env-value-for-all-77aa03";
const LATER: &str = "env-value-of-later-5be1";
const PASSWORD: &str = "Db-Password-0f31-given";

impl<'a> Journey<'a> {
    pub(super) fn begin(world: &'a World) -> Self {
        let mut secrets = Secrets::default();
        for (what, secret) in [
            ("the secrets key", world.secrets_key().expose()),
            ("Coolify's token", world.coolify.token.expose()),
            ("Gitea's token", world.gitea.token.expose()),
            ("mark's key", world.mark.agent.key.as_ref().expect("a key").expose()),
            ("justine's key", world.justine.agent.key.as_ref().expect("a key").expose()),
            ("a variable", ONCE),
            ("a variable", PLAIN),
            ("a variable", LATER),
            ("a password", PASSWORD),
        ] {
            secrets.add(what, secret);
        }
        let key = STANDARD.decode(world.secrets_key().expose()).expect("base64");
        secrets.add_bytes("the secrets key", &key);
        let agent = world.mark.agent.clone();
        Self { world, agent, told: RecordedAnswers::default(), secrets }
    }

    async fn call(&mut self, name: &str, params: Value, meant: &[&str]) -> Value {
        self.call_by(CallStyle::Rest, name, params, meant).await
    }

    async fn call_by(
        &mut self,
        via: CallStyle,
        name: &str,
        params: Value,
        meant: &[&str],
    ) -> Value {
        let result = self.told.call((self.world, via, &self.agent), name, params, meant).await;
        for text in meant.iter().filter_map(|at| result.pointer(at)?.as_str()) {
            self.secrets.add(&format!("{name}'s"), text);
        }
        result
    }

    /// All of it.
    pub(super) async fn take(&mut self) {
        self.keys().await;
        let before = self.credentials().await;
        let (app, database) = self.build(&before).await;
        self.rotate(&before).await;
        self.make_mistakes(&app, &before).await;
        self.fail(&app, &database, &before).await;
        self.found_workspace().await;
        self.storage(&app).await;
        self.keys_of_coolify_and_passwords();
    }

    /// Minted, listed, revoked, presented all the same, and spelt wrong.
    async fn keys(&mut self) {
        let minted = self.call("keys.mint", json!({ "name": "spare" }), &["/token"]).await;
        self.call("keys.list", json!({}), &[]).await;
        self.call("keys.revoke", json!({ "keyId": minted["id"] }), &[]).await;
        let token = minted["token"].as_str().expect("a token");
        for wrong in [token.to_owned(), format!("{token}x"), token[1..].to_owned()] {
            let holder = self.agent.with_key(Some(&wrong));
            let params = json!({ "tool": "apps.list", "params": {} });
            let answer = holder.json("POST", "/api/mcp", &params).await;
            assert_eq!(answer.status, 401);
            self.told.record("a wrong key", &answer);
        }
    }

    /// The bot's token.
    async fn credentials(&mut self) -> String {
        for via in [CallStyle::Rest, CallStyle::Tool, CallStyle::JsonRpc, CallStyle::Modern] {
            self.call_by(via, "gitea.credentials", json!({}), &["/bot/token"]).await;
        }
        let told = self.call("gitea.credentials", json!({}), &["/bot/token"]).await;
        told["bot"]["token"].as_str().expect("a token").to_owned()
    }

    /// An app with variables, databases, an auth provider, a project.
    async fn build(&mut self, pat: &str) -> (Value, Value) {
        repository(&self.agent, "shop").await;
        let envs = json!([
            { "key": "ONCE", "value": ONCE, "isShownOnce": true },
            { "key": "PLAIN", "value": PLAIN },
        ]);
        let app = json!({ "repo": "shop", "name": "shop", "envs": envs });
        let app = self.call("apps.create", app, &[]).await["uuid"].clone();
        let later = json!({ "uuid": app, "key": "LATER", "value": LATER });
        self.call_by(CallStyle::JsonRpc, "apps.envs.upsert", later, &[]).await;
        for via in [CallStyle::Rest, CallStyle::JsonRpc] {
            self.variables(via, &app).await;
        }
        let database = self.databases().await;
        self.call("auth.create", json!({ "provider": "pocketbase", "name": "door" }), &[]).await;
        self.call("auth.list", json!({}), &[]).await;
        self.deploy_app(&app).await;
        for (name, params) in [("apps.list", json!({})), ("apps.get", json!({ "uuid": app }))] {
            let told = self.call_by(CallStyle::Modern, name, params, &[]).await;
            assert!(!told.to_string().contains(pat));
        }
        let plan = json!({ "name": "Plan", "kind": "prd", "body": CONTROL });
        let plan = self.call("projects.create", plan, &[]).await["id"].clone();
        self.call("projects.get", json!({ "projectId": plan }), &[]).await;
        (app, database)
    }

    /// Variables that are not shown once are returned on request.
    async fn variables(&mut self, via: CallStyle, app: &Value) {
        let listed = self.agent.compact("apps.envs.list", &json!({ "uuid": app })).await;
        let listed = listed.expect("variables");
        assert!(!listed.to_string().contains(ONCE));
        let envs = listed["envs"].as_array().expect("a list");
        let meant: Vec<_> = (0..envs.len())
            .filter(|index| envs[*index].get("value").is_some())
            .map(|index| format!("/envs/{index}/value"))
            .collect();
        // A variable and its preview copy have one value: two of the same are meant.
        let told = via
            .call(
                &self.agent,
                &crate::support::tool(self.world, "apps.envs.list"),
                &json!({ "uuid": app }),
            )
            .await;
        let mut answer = told.answer;
        for at in &meant {
            let value = listed.pointer(at).and_then(Value::as_str).expect("a value");
            answer.text = answer.text.replace(value, "‹meant›");
        }
        self.told.record("apps.envs.list", &answer);
    }

    async fn databases(&mut self) -> Value {
        let urls = ["/internalUrl", "/externalUrl"];
        let given = json!({ "type": "postgresql", "name": "given", "isPublic": true,
                            "publicPort": 15432, "credentials": { "password": PASSWORD } });
        self.call("databases.create", given, &urls).await;
        let made = self
            .call_by(
                CallStyle::Tool,
                "databases.create",
                json!({ "type": "redis", "name": "made" }),
                &urls,
            )
            .await;
        self.call("databases.list", json!({}), &[]).await;
        self.call_by(CallStyle::JsonRpc, "databases.get", json!({ "uuid": made["uuid"] }), &urls)
            .await;
        let url = made["internalUrl"].as_str().expect("a URL");
        let userinfo = url.split_once("://").and_then(|(_, rest)| rest.rsplit_once('@'));
        let password = userinfo.and_then(|(userinfo, _)| userinfo.split_once(':'));
        self.secrets.add("a made password", password.expect("a password").1);
        made["uuid"].clone()
    }

    /// A deployment to its end, with its log, in which Coolify shows the repository that it clones.
    async fn deploy_app(&mut self, app: &Value) {
        let begun = self.call("apps.deploy", json!({ "uuid": app }), &[]).await["uuid"].clone();
        for _ in 0..200 {
            let told = self.call("apps.deployments", json!({ "uuid": app }), &[]).await;
            if told["deployments"][0]["status"] == "finished" {
                break;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let log = json!({ "uuid": begun, "lines": 5000 });
        self.call("deployments.logs", log, &[]).await;
    }

    /// New ones of everything that can be replaced.
    async fn rotate(&mut self, before: &str) {
        let rotate = json!({ "rotate": ["pat", "clone", "keypair"] });
        let told = self.call("workspace.provision", rotate, &[]).await;
        assert_eq!(told["provisionStatus"], "ready", "{told}");
        assert_ne!(self.credentials().await, before);
        self.call("workspace.describe", json!({}), &[]).await;
    }

    /// Requests that are wrong, with secrets in them.
    async fn make_mistakes(&mut self, app: &Value, pat: &str) {
        let url = format!("https://mark-bot:{pat}@git.test/vibn-mark/shop.git");
        for (name, params) in [
            ("apps.create", json!({ "repo": url })),
            ("apps.create", json!({ "repo": url, "image": url })),
            ("apps.create", json!({ "image": url })),
            ("apps.get", json!({ "uuid": pat })),
            ("apps.get", json!({ "uuid": { "a": pat } })),
            ("apps.envs.upsert", json!({ "uuid": app, "key": "A", "value": [PLAIN] })),
            ("apps.envs.upsert", json!({ "uuid": app, "key": "A", "valu": PLAIN })),
            (
                "apps.envs.upsert",
                json!({ "uuid": app, "envs": [{ "key": "A", "value": 7, "x": PLAIN }] }),
            ),
            (
                "databases.create",
                json!({ "type": "redis", "credentials": { "password": [PASSWORD] } }),
            ),
            ("databases.create", json!({ "type": "redis", "credentials": PASSWORD })),
            ("databases.get", json!({ "uuid": pat })),
            ("deployments.logs", json!({ "uuid": app, "lines": pat })),
            ("auth.create", json!({ "provider": "pocketbase", "instantDeploy": pat })),
        ] {
            for via in [CallStyle::Rest, CallStyle::Tool, CallStyle::JsonRpc] {
                self.call_by(via, name, params.clone(), &[]).await;
            }
        }
        // The caller itself gets back what it wrote; the audit and the log do not contain it.
        let _told_back = self.agent.compact(pat, &json!({})).await;
        let _told_back = self.agent.mcp(pat, &json!({})).await;
        let _told_back = self.agent.compact("apps.get", &json!({ "uuid": app, pat: 1 })).await;
        let bodies = [
            format!("{{\"tool\": \"{pat}"),
            format!("[\"{pat}\"]"),
            format!("{{\"jsonrpc\":\"{pat}\"}}"),
        ];
        for body in bodies {
            let answer = self.agent.send("POST", "/api/mcp", &[], Some(body)).await;
            assert_eq!(answer.status, 400, "{}", answer.text);
            self.told.record("a bad body", &answer);
        }
    }

    /// Every fault, in which the upstream reveals secrets, on calls that concern some.
    async fn fail(&mut self, app: &Value, database: &Value, pat: &str) {
        let url = format!("https://mark-bot:{pat}@git.test/vibn-mark/shop.git");
        let echo = json!({
            "message": format!("{pat} {PASSWORD} {ONCE}"),
            "error": format!("could not read {url}"),
            "exception": { "trace": [self.world.coolify.token.expose(), PLAIN] },
            "errors": { "git_repository": [format!("{url} can't be cloned")] },
        });
        let statuses = [400, 401, 403, 404, 409, 422, 429, 500].into_iter();
        let told =
            statuses.map(|status| Fault::new(Name::Status).status(status).body(echo.clone()));
        let others = Name::ALL.into_iter().filter(|name| *name != Name::Status).map(Fault::new);
        for fault in told.clone().chain(others) {
            self.meet(&fault, "apps.get", json!({ "uuid": app }), "/applications/*$").await;
        }
        let after = [Name::StatusAfter, Name::DropAfter, Name::Malformed].map(Fault::new);
        for (number, fault) in told.skip(4).chain(after).enumerate() {
            let later = json!({ "uuid": app, "key": "LATER", "value": LATER });
            self.meet(&fault, "apps.envs.upsert", later, "/applications/*/envs/bulk$").await;
            self.meet(&fault, "databases.get", json!({ "uuid": database }), "/databases/*$").await;
            let new = json!({ "type": "redis", "name": format!("db-{number}"),
                              "credentials": { "password": PASSWORD } });
            self.meet(&fault, "databases.create", new, "/databases/redis$").await;
            let new = json!({ "repo": "shop", "name": format!("app-{number}"),
                              "instantDeploy": false });
            self.meet(&fault, "apps.create", new, "/applications/*$").await;
        }
        self.fail_to_provision(&echo).await;
    }

    /// A call with a fault in its way. One that takes the time of an attempt is met once only.
    async fn meet(&mut self, fault: &Fault, name: &str, params: Value, path: &str) {
        let slow = [Name::Delay, Name::Hang, Name::Huge].contains(&fault.name);
        let times = if slow { 1 } else { u32::MAX };
        let fault = Fault { path: Some(path.to_owned()), ..fault.clone() };
        self.world.coolify.arm(fault.times(times));
        self.call_by(CallStyle::JsonRpc, name, params, &["/internalUrl"]).await;
        upstream_calls::disarm(self.world);
    }

    /// The same in calls that make, send and replace keys and tokens.
    async fn fail_to_provision(&mut self, echo: &Value) {
        let rotate = json!({ "rotate": ["pat", "clone", "keypair"] });
        for (upstream, method, path) in [
            (&self.world.gitea, "POST", "/users/*/tokens$"),
            (&self.world.gitea, "POST", "/admin/users/*/keys$"),
            (&self.world.coolify, "PATCH", "/security/keys/*$"),
            (&self.world.coolify, "PATCH", "/applications/*$"),
        ] {
            for name in [Name::Status, Name::StatusAfter, Name::DropAfter, Name::Malformed] {
                upstream.arm(Fault::new(name).status(422).body(echo.clone()).on(method, path));
                let params = rotate.clone();
                self.call("workspace.provision", params, &[]).await;
                self.call("workspace.describe", json!({}), &[]).await;
            }
        }
        upstream_calls::disarm(self.world);
        self.call("workspace.provision", rotate, &[]).await;
        self.credentials().await;
    }

    /// Another workspace, with a first key.
    async fn found_workspace(&mut self) {
        self.agent = self.world.tenants_agent(&self.world.mark).await;
        let key = self.agent.key.clone().expect("a key");
        self.secrets.add("the tenant's key", key.expose());
        let told =
            self.call("workspaces.create", json!({ "slug": "mark-two" }), &["/key/token"]).await;
        assert_eq!(told["provisionStatus"], "ready", "{told}");
        self.call("workspaces.list", json!({}), &[]).await;
    }

    /// Adds the secrets that the server created, sent and did not keep: the upstreams have received them.
    fn keys_of_coolify_and_passwords(&mut self) {
        let mut pairs = 0;
        for request in self.world.coolify.requests().into_iter().chain(self.world.gitea.requests())
        {
            let Some(body) = request.body else { continue };
            if let Some(pem) = body["private_key"].as_str() {
                let pem = pem.trim();
                self.secrets.add("a private key", pem);
                self.secrets.add("a private key", &pem.replace('\n', ""));
                let key = PrivateKey::from_openssh(pem).expect("a key");
                let key = key.key_data().ed25519().expect("ed25519").private.to_bytes();
                self.secrets.add_bytes("a private key's seed", &key);
                pairs += 1;
            }
            if request.path.ends_with("/admin/users") {
                self.secrets.add("a bot's password", body["password"].as_str().expect("a text"));
            }
            if let Some(url) = body["git_repository"].as_str().filter(|url| url.contains('@')) {
                self.secrets.add("a clone URL", url);
            }
        }
        assert!(pairs >= 3, "{pairs} pairs");
    }
}
