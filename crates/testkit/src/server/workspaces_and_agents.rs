//! Workspaces of a world and their agents.

use std::sync::Arc;

use covibe_domain::{Failure, Kind, Secret, TenantId, boxed};
use covibe_identity::{Identity, KeyRequest};
use covibe_store::WorkspaceRecord;
use covibe_workspace::Platform;

use super::world_options::{Options, Provisioned};
use crate::agent::{Agent, InProcess};

/// The maximum number of attempts to provision a workspace.
const TRIES: u32 = 60;

/// A workspace and its agent.
#[derive(Clone, Debug)]
pub struct Member {
    /// Its record, provisioned.
    pub record: WorkspaceRecord,
    /// The agent with its key.
    pub agent: Agent,
}

impl Member {
    /// Creates a workspace of a tenant of its own, provisions it and mints its key. Its agent calls in this process, or
    /// over HTTP at an origin.
    pub(super) async fn create(
        platform: &Arc<Platform>,
        identity: &Identity,
        agents: (Option<&InProcess>, &str),
        slug: &str,
    ) -> Self {
        let record = new_workspace(platform, slug).await;
        let record = ready(platform, record).await;
        Self::with_key(identity, agents, record).await
    }

    /// Creates the workspace of a world's other tenant, which is provisioned if the options say so.
    pub(super) async fn neighbour(
        platform: &Arc<Platform>,
        identity: &Identity,
        agents: (Option<&InProcess>, &str),
        options: &Options,
    ) -> Self {
        if options.provisioned == Provisioned::Both {
            return Self::create(platform, identity, agents, "justine").await;
        }
        let record = new_workspace(platform, "justine").await;
        Self::with_key(identity, agents, record).await
    }

    async fn with_key(
        identity: &Identity,
        (in_process, origin): (Option<&InProcess>, &str),
        record: WorkspaceRecord,
    ) -> Self {
        let key = mint(identity, &record).await;
        let agent = Agent::calling(in_process, origin, record.slug.as_str(), Some(key));
        Self { record, agent }
    }
}

/// Provisions a workspace. The deadline of a world's calls may be shorter than that takes on a busy machine: then the
/// run continues, and the next call waits for it.
async fn ready(platform: &Arc<Platform>, record: WorkspaceRecord) -> WorkspaceRecord {
    for _ in 0..TRIES {
        match covibe_workspace::provision(platform, record.clone()).await {
            Err(Failure { kind: Kind::Timeout, .. }) => {}
            // The database or the rate limit is busy with other tests.
            Err(Failure { retry_after: Some(wait), .. }) => tokio::time::sleep(wait).await,
            ended => return ended.expect("a ready workspace"),
        }
    }
    panic!("the workspace is not ready after {TRIES} calls");
}

/// Creates the records of a workspace and of its own tenant, before anything exists upstream.
#[boxed]
pub async fn new_workspace(platform: &Arc<Platform>, slug: &str) -> WorkspaceRecord {
    let tenant = TenantId::from_random(covibe_crypto::random());
    let record =
        covibe_workspace::create_tenant(platform, tenant, slug.parse().expect("a slug"), slug)
            .await;
    record.expect("a workspace")
}

/// Mints a key of a workspace.
#[boxed]
pub async fn mint(identity: &Identity, record: &WorkspaceRecord) -> Secret {
    let minted = identity.mint_first(&record.tenant, &record.id, KeyRequest::default()).await;
    minted.expect("a key").token
}
