//! Workspaces, opened for the operator and for the server itself.

use std::sync::Arc;
use std::time::{Duration, Instant};

use covibe_domain::Access;
use covibe_identity::Caller;
use covibe_store::WorkspaceRecord;
use tokio_util::sync::CancellationToken;

use crate::audit::Author;
use crate::platform::Platform;
use crate::waiting_client::{AnswerReader, WaitingClient};
use crate::workspace::{Circumstances, Workspace};

/// The time limit of the work on one workspace.
const TIMEOUT: Duration = Duration::from_hours(1);

/// Opens a workspace for the watch of containers, as the operator.
pub(crate) fn open(platform: Arc<Platform>, record: WorkspaceRecord, access: Access) -> Workspace {
    let author = Author::operator(&record.tenant);
    open_as(author, platform, record, access)
}

/// Opens a workspace for work of the server itself.
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
        client: WaitingClient {
            progress: None,
            gone: CancellationToken::new(),
            reader: AnswerReader::Person,
        },
        deadline: Instant::now() + TIMEOUT,
        access,
        discloses: false,
        is_repeated: false,
    };
    Workspace::open(platform, caller, call)
}
