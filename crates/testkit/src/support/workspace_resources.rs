//! The estate of a workspace: one resource of each kind, and everything of it that others must not
//! see.

pub use crate::git::repository;
use crate::{Agent, Member, World};
use covibe_domain::{CommandId, boxed};
use covibe_store::{DetachedLimits, NewDetachedCommand};
use serde_json::{Value, json};
use std::time::Duration;

/// One resource of each kind, by its id.
#[derive(Clone, Debug)]
pub struct Estate {
    /// The agent of its workspace.
    pub agent: Agent,
    /// Its project in Coolify.
    pub project: String,
    /// A repository that its app is built from.
    pub repo: String,
    /// A repository that no app is built from.
    pub spare: String,
    /// An app, by its uuid.
    pub app: String,
    /// A database, by its uuid.
    pub database: String,
    /// An auth provider, by its uuid.
    pub service: String,
    /// A deployment of the app.
    pub deployment: String,
    /// A command that ran in the app's container without its client, and has ended.
    pub command: String,
    /// A key, by its id.
    pub key: String,
    /// A project of the workspace's plans, as opposed to Coolify's.
    pub plan: String,
    /// A registered domain.
    pub domain: String,
    /// The texts that no answer to anybody else may contain: slug, ids, names, secrets.
    pub private: Vec<String>,
}

/// Texts that the seed of the simulated Coolify contains for resources of somebody else.
pub const FOREIGN: [&str; 4] = ["foreign-", "elsewhere", "f0e1d2c3", "secret.git"];

impl Estate {
    /// Fills a workspace with resources whose names contain its slug and `lot`.
    #[boxed]
    pub async fn create(world: &World, member: &Member, lot: &str) -> Self {
        let (agent, record) = (member.agent.clone(), &member.record);
        let slug = agent.slug.clone();
        let made = async |tool: &str, params: Value| {
            agent.compact(tool, &params).await.unwrap_or_else(|why| panic!("{tool}: {why}"))
        };
        let repo = repository(&agent, &format!("{slug}-{lot}-repository")).await;
        let volumes = json!([{ "name": "data", "mountPath": "/data" }]);
        let app = json!({ "repo": repo, "name": format!("{slug}-{lot}-app"), "volumes": volumes,
                          "instantDeploy": false });
        let app = made("apps.create", app).await;
        let variable =
            json!({ "uuid": app["uuid"], "key": "PRIVATE", "value": format!("{slug}-value") });
        made("apps.envs.upsert", variable).await;
        let deployment = made("apps.deploy", json!({ "uuid": app["uuid"] })).await;
        let database = json!({ "type": "postgresql", "name": format!("{slug}-{lot}-db") });
        let database = made("databases.create", database).await;
        let service = json!({ "provider": "pocketbase", "name": format!("{slug}-{lot}-auth") });
        let service = made("auth.create", service).await;
        let access = made("gitea.credentials", json!({})).await;
        let key = fresh_key(&agent).await;
        let plan = fresh_plan(&agent, &format!("{slug}-{lot}-plan")).await;
        let unique = plan["id"].as_str().expect("a text").trim_start_matches("prj_");
        let domain = format!("d-{}.com", unique.to_lowercase());
        made("domains.register", json!({ "domain": domain, "contact": contact() })).await;
        let spare = repository(&agent, &format!("r-{}", unique.to_lowercase())).await;
        let storage = made("storage.provision", json!({})).await["storage"].clone();
        made("storage.inject_env", json!({ "uuid": app["uuid"] })).await;
        let text = |value: &Value| value.as_str().expect("a text").to_owned();
        let command = ended_command(world, member, &text(&app["uuid"])).await;
        let project = record.coolify_project_uuid.as_ref().expect("a project").to_string();
        let mut estate = Self {
            project,
            repo,
            spare,
            app: text(&app["uuid"]),
            database: text(&database["uuid"]),
            service: text(&service["uuid"]),
            deployment: text(&deployment["uuid"]),
            command,
            key: text(&key["id"]),
            plan: text(&plan["id"]),
            domain,
            private: Vec::new(),
            agent,
        };
        let mut private = vec![
            slug,
            text(&access["bot"]["token"]),
            text(&database["internalUrl"]),
            text(&storage["bucket"]),
            text(&storage["accessKeyId"]),
            text(&key["token"]),
            text(&key["prefix"]),
            record.id.to_string(),
            record.tenant.to_string(),
            world.coolify.token.expose().to_owned(),
            world.gitea.token.expose().to_owned(),
        ];
        private.extend(estate.ids().map(str::to_owned));
        estate.private = private;
        estate
    }

    /// Returns the name of its resource of this sort: `app`, `db` or `auth`.
    pub fn name(&self, sort: &str) -> String {
        format!("{}{sort}", self.repo.trim_end_matches("repository"))
    }

    /// Returns the name of its app's volume on the docker host.
    pub fn volume(&self) -> String {
        format!("{}-data", self.app)
    }

    /// Returns the ids of its resources.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        let Self { project, app, database, service, deployment, command, .. } = self;
        let Self { key, plan, domain, spare, .. } = self;
        [project, app, database, service, deployment, command, key, plan, domain, spare]
            .into_iter()
            .map(String::as_str)
    }

    /// Panics if an answer to somebody else, who named `given`, contains anything of this one.
    pub fn assert_unseen(&self, answer: &str, given: &str, what: &str) {
        let foreign = FOREIGN.iter().copied().chain(self.private.iter().map(String::as_str));
        for private in foreign.filter(|private| *private != given) {
            assert!(!answer.contains(private), "{what} shows {private}: {answer}");
        }
    }
}

/// Returns a sample contact for the owner of a domain.
pub fn contact() -> Value {
    json!({
        "firstName": "Ada",
        "lastName": "Lovelace",
        "address1": "1 Main St",
        "city": "Ottawa",
        "state": "ON",
        "country": "CA",
        "postalCode": "K1A 0B1",
        "phone": "+1.6135550123",
        "email": "ada@example.com",
    })
}

/// Records a command of an app that has ended without output, and returns its id. No docker host is needed.
async fn ended_command(world: &World, member: &Member, app: &str) -> String {
    let record = &member.record;
    let id = CommandId::from_random(covibe_crypto::random());
    let new = NewDetachedCommand {
        id: id.clone(),
        workspace: record.id.clone(),
        resource: app.to_owned(),
        container: format!("{app}-1"),
        service: None,
        command: "true".to_owned(),
    };
    let limits = DetachedLimits { running: 1, kept: 20, lost_after: Duration::ZERO };
    let mut tx = world.store.tenant(&record.tenant).await.expect("a transaction");
    assert!(tx.insert_detached_command(&new, limits).await.expect("a record"));
    tx.end_detached_command(&record.id, &id, r#"{"code":0}"#, None).await.expect("an end");
    tx.commit().await.expect("a commit");
    id.to_string()
}

/// Mints a key of the agent's workspace, and returns its record and token.
#[boxed]
pub async fn fresh_key(agent: &Agent) -> Value {
    let path = format!("/api/workspaces/{}/keys", agent.slug);
    let answer = agent.json("POST", &path, &json!({ "name": "spare" })).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.json()
}

/// Creates a project in the agent's workspace, and returns it.
#[boxed]
pub async fn fresh_plan(agent: &Agent, name: &str) -> Value {
    let path = format!("/api/workspaces/{}/projects", agent.slug);
    let body = json!({ "name": name, "kind": "prd", "body": format!("{name} in words") });
    let answer = agent.json("POST", &path, &body).await;
    assert_eq!(answer.status, 201, "{}", answer.text);
    answer.json()
}
