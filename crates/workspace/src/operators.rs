//! Workspaces as a command of the operator sees them.

use std::sync::Arc;
use std::time::{Duration, Instant};

use covibe_domain::entities::ProvisionStatus;
use covibe_domain::{Access, Failure, TenantId, boxed};
use covibe_identity::Caller;
use covibe_store::WorkspaceRecord;
use tokio_util::sync::CancellationToken;

use crate::audit::Author;
use crate::client::Client;
use crate::platform::Platform;
use crate::workspace::{Circumstances, Workspace};

/// How long a command may work on one workspace.
const TIMEOUT: Duration = Duration::from_hours(1);

/// Returns the provisioned workspaces of a tenant for a command of the operator, which changes
/// them.
#[boxed]
pub async fn operators_workspaces(
    platform: &Arc<Platform>,
    tenant: &TenantId,
) -> Result<Vec<Workspace>, Failure> {
    let mut tx = platform.store.tenant_read(tenant).await?;
    let mut records = tx.workspaces().await?;
    tx.commit().await?;
    records.retain(|record| record.provision_status == ProvisionStatus::Ready);
    Ok(records
        .into_iter()
        .map(|record| open(Arc::clone(platform), record, Access::Write))
        .collect())
}

/// Opens a workspace for a command of the operator, or for the watch of containers.
pub(crate) fn open(platform: Arc<Platform>, record: WorkspaceRecord, access: Access) -> Workspace {
    let author = Author::operator(&record.tenant);
    open_as(author, platform, record, access)
}

/// Opens a workspace for what the server does by itself.
pub(crate) fn open_server(
    platform: Arc<Platform>,
    record: WorkspaceRecord,
    access: Access,
) -> Workspace {
    let author = Author::server(&record.tenant);
    open_as(author, platform, record, access)
}

fn open_as(
    author: Author,
    platform: Arc<Platform>,
    record: WorkspaceRecord,
    access: Access,
) -> Workspace {
    let caller = Caller::operator(record, Vec::new());
    let call = Circumstances {
        author,
        client: Client { progress: None, gone: CancellationToken::new(), is_model: false },
        deadline: Instant::now() + TIMEOUT,
        access,
        discloses: false,
        is_repeated: false,
    };
    Workspace::open(platform, caller, call)
}
