//! An authenticated caller.

use std::sync::Arc;

use covibe_domain::Actor;
use covibe_domain::entities::{KeyAccess, KeyScope, Step};
use covibe_policy::Principal;
use covibe_store::WorkspaceRecord;

/// The principal of a call, and the record of the one workspace that the call acts on.
#[derive(Clone, Debug)]
pub struct Caller {
    /// The authenticated identity.
    pub principal: Principal,
    /// The workspace as it was at most a second ago.
    pub workspace: Arc<WorkspaceRecord>,
    /// The steps of its provisioning, of the same moment.
    pub steps: Arc<[Step]>,
}

impl Caller {
    /// Returns the operator, acting on a workspace from the server's command line with the rights of
    /// its tenant.
    pub fn operator(workspace: WorkspaceRecord, steps: Vec<Step>) -> Self {
        let principal = Principal {
            tenant: workspace.tenant.clone(),
            workspace: workspace.id.clone(),
            slug: workspace.slug.clone(),
            actor: Actor::Operator,
            scope: KeyScope::Tenant,
            granted: KeyAccess::Full,
            session: None,
            narrowed: false,
        };
        Self { principal, workspace: Arc::new(workspace), steps: steps.into() }
    }

    /// Returns the same caller, restricted to reading for this call.
    #[must_use]
    pub fn narrowed(mut self) -> Self {
        self.principal.narrowed = true;
        self
    }
}
