//! Creations happen once, even if they are repeated, killed in the middle or in conflict with
//! another call.

mod creation_deadline;
mod host_conflicts;
mod killed_servers;
mod late_creations;
mod name_conflicts;
mod repeated_creations;

use std::time::Duration;

use covibe_sandbox::coolify::Collection;
use covibe_sandbox::faults::{Fault, Name};
use covibe_store::Backend;
pub(crate) use name_conflicts::Operator;

use covibe_testkit::{Agent, AgentAnswer, Options, World};
use serde_json::{Value, json};

use crate::support::workspace_resources::repository;

/// The longest time of a call, and therefore the time for which a killed call holds a creation.
const DEADLINE: Duration = Duration::from_secs(3);

/// A compose file.
const FILE: &str =
    "services: {web: {image: 'a/web:1', expose: ['80']}, db: {image: 'postgres:16'}}";

/// Runs a test on each database that there is.
async fn on_each_database(test: impl AsyncFn(&mut World)) {
    on_each_database_with(Options::default(), test).await;
}

/// The same with other options.
async fn on_each_database_with(options: Options, test: impl AsyncFn(&mut World)) {
    for backend in [Backend::Sqlite, Backend::Postgres] {
        let options = Options { backend, ..options.clone() }.with_deadline(DEADLINE);
        let Some(mut world) = World::start(options).await else { continue };
        test(&mut world).await;
        world.stop().await;
    }
}

/// The sort of a creation: the tool, the path at Coolify, and the source of an app.
type Sort = (&'static str, &'static str, Option<&'static str>);

/// Something to create.
#[derive(Clone, Debug)]
struct WantedResource {
    tool: &'static str,
    params: Value,
    /// The path at which Coolify creates it, and the collection that has it then.
    path: &'static str,
    thing: Collection,
}

impl WantedResource {
    fn new(tool: &'static str, path: &'static str, thing: Collection, params: Value) -> Self {
        Self { tool, params, path, thing }
    }

    fn app(repo: &str, name: &str) -> Self {
        let params = json!({ "repo": repo, "name": name, "instantDeploy": false });
        Self::new("apps.create", "/applications/public", Collection::Applications, params)
    }

    /// One that Coolify clones over SSH.
    fn ssh_app(repo: &str, name: &str) -> Self {
        Self { path: "/applications/private-deploy-key", ..Self::app(repo, name) }
    }

    fn files(name: &str) -> Self {
        let files = json!({ "index.html": "<h1>Hello</h1>", "img/x.svg": "<svg/>" });
        let params = json!({ "files": files, "name": name, "instantDeploy": false });
        Self::new("apps.create", "/applications/public", Collection::Applications, params)
    }

    fn image(name: &str) -> Self {
        let params = json!({ "image": "nginx:1.27", "name": name });
        Self::new("apps.create", "/applications/dockerimage", Collection::Applications, params)
    }

    fn database(name: &str) -> Self {
        let params = json!({ "type": "postgresql", "name": name });
        Self::new("databases.create", "/databases/postgresql", Collection::Databases, params)
    }

    fn auth(name: &str) -> Self {
        let params = json!({ "provider": "pocketbase", "name": name });
        Self::new("auth.create", "/services", Collection::Services, params)
    }

    fn stack(name: &str) -> Self {
        let envs = json!([{ "key": "LEVEL", "value": "debug" }]);
        let params = json!({ "composeRaw": FILE, "name": name, "envs": envs });
        Self::new("apps.create", "/services", Collection::Services, params)
    }

    fn product(name: &str) -> Self {
        let params = json!({ "template": "umami", "name": name });
        Self::new("apps.create", "/services", Collection::Services, params)
    }

    /// One of each sort, under names that begin so.
    fn of_each_sort(repo: &str, name: &str) -> [Self; 6] {
        [
            Self::product(&format!("{name}-product")),
            Self::app(repo, &format!("{name}-app")),
            Self::image(&format!("{name}-image")),
            Self::stack(&format!("{name}-stack")),
            Self::database(&format!("{name}-db")),
            Self::auth(&format!("{name}-auth")),
        ]
    }

    fn sort(&self) -> Sort {
        let mut sources = ["repo", "image", "composeRaw", "template", "files"].into_iter();
        (self.tool, self.path, sources.find(|source| self.params.get(source).is_some()))
    }

    /// The same without a name.
    fn without_name(mut self) -> Self {
        self.params.as_object_mut().expect("an object").remove("name");
        self
    }

    /// The same with another parameter.
    fn with_param(mut self, name: &str, value: Value) -> Self {
        self.params[name] = value;
        self
    }

    async fn ask(&self, agent: &Agent) -> AgentAnswer {
        agent.compact_raw(self.tool, &self.params).await
    }

    /// A call that must succeed.
    async fn create_ok(&self, agent: &Agent) -> Value {
        let answer = self.ask(agent).await;
        assert_eq!(answer.status, 200, "{self:?}: {}", answer.text);
        answer.json()["result"].clone()
    }

    /// A call that makes it, and whose answer is lost.
    async fn lose_answer(&self, world: &World) {
        world.coolify.arm(Fault::new(Name::DropAfter).on("POST", self.path));
        let answer = self.ask(&world.mark.agent).await;
        assert_eq!(answer.status, 502, "{self:?}: {}", answer.text);
        assert_eq!(answer.json()["details"]["mayHaveHappened"], true, "{}", answer.text);
    }

    /// Returns the number of resources of that name, in all workspaces.
    fn count(&self, world: &World) -> usize {
        let name = self.params["name"].as_str().expect("a name");
        world.coolify.names(self.thing).iter().filter(|each| *each == name).count()
    }
}

/// A repository of mark's.
async fn repo(world: &World) -> String {
    repository(&world.mark.agent, "site-code").await
}

/// 409 for now, not for good.
fn is_busy(answer: &AgentAnswer) -> bool {
    answer.status == 409 && answer.headers.contains_key("retry-after")
}
