//! The workspace itself, and its tenant's others.

mod bootstrap;
mod create;
mod describe;
mod list;
mod provision;
mod rollback;

use covibe_domain::entities::WorkspaceSummary;

use crate::context::{Described, Workspace};
use crate::provision::{hint, order};
use crate::registry::Tool;

/// The operations of this family.
pub(crate) fn operations() -> Vec<Tool> {
    vec![
        Tool::of::<bootstrap::Bootstrap>(),
        Tool::of::<create::CreateWorkspace>(),
        Tool::of::<describe::DescribeWorkspace>(),
        Tool::of::<list::ListWorkspaces>(),
        Tool::of::<provision::ProvisionWorkspace>(),
        Tool::of::<rollback::RollBackWorkspace>(),
    ]
}

/// A workspace in our own shape.
fn summary(cx: &Workspace, Described { record, mut steps }: Described) -> WorkspaceSummary {
    steps.sort_by_key(|step| order(&step.name));
    WorkspaceSummary {
        domain_namespace: WorkspaceSummary::namespace(&record.slug, cx.base_domain()),
        hint: hint(&record.slug, record.provision_status, &steps),
        slug: record.slug.to_string(),
        name: record.name,
        gitea_org: record.gitea_org,
        gitea_bot_username: record.gitea_bot_username,
        coolify_project_uuid: record.coolify_project_uuid,
        coolify_environment_name: record.coolify_environment_name,
        provision_status: record.provision_status,
        steps,
    }
}
