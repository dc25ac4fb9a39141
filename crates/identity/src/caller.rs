//! An authenticated caller.

use std::sync::Arc;

use covibe_domain::entities::Step;
use covibe_policy::Principal;
use covibe_store::WorkspaceRecord;

/// Who calls, and the record of the one workspace that the call acts on.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The authenticated identity.
    pub principal: Principal,
    /// The workspace as it was at most a second ago.
    pub workspace: Arc<WorkspaceRecord>,
    /// The steps of its provisioning, of the same moment.
    pub steps: Arc<[Step]>,
}
