//! The workspace itself.

mod describe;
mod list;

use covibe_domain::entities::WorkspaceSummary;

use crate::context::Workspace;
use crate::registry::Tool;

/// The operations of this family.
pub(crate) fn operations() -> Vec<Tool> {
    vec![Tool::of::<describe::DescribeWorkspace>(), Tool::of::<list::ListWorkspaces>()]
}

/// The caller's workspace in our own shape.
fn summary(cx: &Workspace) -> WorkspaceSummary {
    let record = cx.record();
    WorkspaceSummary {
        slug: record.slug.to_string(),
        name: record.name.clone(),
        gitea_org: record.gitea_org.clone(),
        gitea_bot_username: record.gitea_bot_username.clone(),
        coolify_project_uuid: record.coolify_project_uuid.clone(),
        coolify_environment_name: record.coolify_environment_name.clone(),
        domain_namespace: WorkspaceSummary::namespace(&record.slug, cx.base_domain()),
        provision_status: record.provision_status,
        steps: cx.steps(),
    }
}
