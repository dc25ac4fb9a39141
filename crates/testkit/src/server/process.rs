//! A server's process over a world's database and upstreams; it remembers nothing of other ones.

use std::sync::Arc;

use covibe_crypto::SecretBox;
use covibe_dispatch::Dispatcher;
use covibe_domain::{Failure, boxed};
use covibe_identity::{Identity, MINTED_A_DAY};
use covibe_sandbox::Simulator;
use covibe_store::{Store, WorkspaceRecord};
use covibe_tools::Deployments;
use covibe_workspace::{Platform, QueueWatch};
use serde_json::Value;

use super::database_and_settings::Common;
use super::server_wiring::{REGISTRY, platform};
use super::workspaces_and_agents::{Member, new_workspace};
use crate::agent::rest;

/// A server without its listener. It lives on the runtime that created it: shutting that down has the effect of a kill.
pub struct Process {
    /// Its own connections to the database.
    pub store: Store,
    /// Its API keys.
    pub identity: Arc<Identity>,
    /// The platform, which its workspaces share.
    pub platform: Arc<Platform>,
    /// The dispatcher, to which its surfaces hand calls over.
    pub dispatcher: Arc<Dispatcher>,
    /// The task that hands over the deployments that wait.
    pub queue: QueueWatch,
}

impl Process {
    /// Starts a process on existing connections.
    pub(crate) fn start(
        store: Store,
        common: &Common,
        coolify: &Simulator,
        gitea: &Simulator,
    ) -> Self {
        let secrets = SecretBox::from_config(&common.secrets).expect("a key");
        let identity = Identity::new(store.clone(), MINTED_A_DAY, &secrets);
        let platform = platform(common, secrets, &store, &identity, coolify, gitea);
        let dispatcher = Dispatcher::new(Arc::clone(&REGISTRY), Arc::clone(&platform));
        let queue = QueueWatch::begin(&platform, Deployments);
        Self { store, identity, platform, dispatcher, queue }
    }

    /// Creates and provisions a workspace of a tenant of its own.
    #[boxed]
    pub async fn create_workspace(&self, slug: &str) -> Result<WorkspaceRecord, Failure> {
        let record = new_workspace(&self.platform, slug).await;
        covibe_workspace::provision(&self.platform, record).await
    }

    /// Makes a call of a member's agent, without a surface in between.
    #[boxed]
    pub async fn call(&self, member: &Member, tool: &str, params: Value) -> Result<Value, Failure> {
        let key = member.agent.key.as_ref().map(|key| format!("Bearer {}", key.expose()));
        let mut operations = self.dispatcher.registry().operations();
        let tool = operations.find(|operation| operation.spec.name == tool).expect("an operation");
        let call = rest(&self.dispatcher, key.as_deref(), tool, None, params);
        call.await.map(|answer| answer.value())
    }
}
