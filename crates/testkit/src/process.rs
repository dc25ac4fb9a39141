//! A server's process over a world's database and upstreams; it remembers nothing of other ones.

use std::path::PathBuf;
use std::sync::{Arc, LazyLock};

use covibe_crypto::SecretBox;
use covibe_dispatch::{Call, Dispatcher, Registry, Surface};
use covibe_domain::{Failure, Secret};
use covibe_identity::Identity;
use covibe_operation::cookbook::Cookbook;
use covibe_sandbox::Simulator;
use covibe_store::Store;
use covibe_workspace::Platform;
use serde_json::Value;

use crate::postgres::Database;
use crate::world::{Member, Options, World, platform};

/// The operations, which are the same for all processes.
static REGISTRY: LazyLock<Arc<Registry>> = LazyLock::new(|| Arc::new(covibe_tools::registry()));

/// The cookbook for them.
static COOKBOOK: LazyLock<Arc<Cookbook>> =
    LazyLock::new(|| Arc::new(covibe_tools::cookbook(&REGISTRY)));

/// The cookbook, which is the same for all processes.
pub(crate) fn cookbook() -> Arc<Cookbook> {
    Arc::clone(&COOKBOOK)
}

/// Where a world's database is.
#[derive(Clone, Debug)]
pub enum Location {
    /// A file of SQLite.
    File(PathBuf),
    /// A PostgreSQL.
    Server(Database),
}

impl Location {
    pub(crate) async fn open(&self) -> Store {
        match self {
            Self::File(path) => Store::sqlite(path).await.expect("SQLite"),
            Self::Server(at) => Store::postgres(&at.runtime_url).await.expect("PostgreSQL"),
        }
    }
}

/// What every process of one world has in common.
#[derive(Clone, Debug)]
pub(crate) struct Common {
    pub(crate) options: Options,
    pub(crate) location: Location,
    pub(crate) secrets: Secret,
    pub(crate) origin: String,
}

/// What a server consists of, without its listener. It lives on the runtime that made it: where
/// that is shut down, it is as dead as after a kill.
pub struct Process {
    /// Its own connections to the database.
    pub store: Store,
    /// Its keeper of keys.
    pub identity: Arc<Identity>,
    /// What its operations stand on.
    pub platform: Arc<Platform>,
    /// What its surfaces stand in front of.
    pub dispatcher: Arc<Dispatcher>,
}

impl Process {
    /// A process on connections that are there already.
    pub(crate) fn start(
        store: Store,
        common: &Common,
        coolify: &Simulator,
        gitea: &Simulator,
    ) -> Self {
        let identity = Identity::new(store.clone());
        let secrets = SecretBox::from_config(&common.secrets).expect("a key");
        let platform = platform(common, secrets, &store, &identity, coolify, gitea);
        let dispatcher = Dispatcher::new(Arc::clone(&REGISTRY), Arc::clone(&platform));
        Self { store, identity, platform, dispatcher }
    }

    /// A call of a member's agent, without a surface in between.
    pub async fn call(&self, member: &Member, tool: &str, params: Value) -> Result<Value, Failure> {
        let key = member.agent.key.as_ref().map(|key| format!("Bearer {}", key.expose()));
        let caller = self.dispatcher.authenticate(key.as_deref()).await?;
        let mut operations = self.dispatcher.registry().operations();
        let tool = operations.find(|operation| operation.spec.name == tool).expect("an operation");
        let tool = Arc::clone(tool);
        let call =
            Call { caller, tool, params, surface: Surface::Rest, slug: None, progress: None };
        self.dispatcher.call(call).await
    }
}

impl World {
    /// Another process of this world's server, with connections of its own, on the runtime that
    /// this is called on.
    pub async fn process(&self) -> Process {
        let store = self.common.location.open().await;
        Process::start(store, &self.common, &self.coolify, &self.gitea)
    }
}
