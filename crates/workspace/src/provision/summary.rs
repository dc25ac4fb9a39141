//! The description of a workspace that agents and people see.

use covibe_domain::entities::{Step, WorkspaceSummary};
use covibe_store::WorkspaceRecord;

use super::stage::{hint, order};
use crate::settings::Settings;

/// Describes a workspace.
pub(crate) fn summary(
    record: &WorkspaceRecord,
    mut steps: Vec<Step>,
    settings: &Settings,
) -> WorkspaceSummary {
    steps.sort_by_key(|step| order(&step.name));
    WorkspaceSummary {
        domain_namespace: WorkspaceSummary::namespace(&record.slug, &settings.base_domain),
        hint: hint(&record.slug, record.provision_status, &steps),
        slug: record.slug.to_string(),
        name: record.name.clone(),
        gitea_org: record.gitea_org.clone(),
        gitea_bot_username: record.gitea_bot_username.clone(),
        coolify_project_uuid: record.coolify_project_uuid.clone(),
        coolify_environment_name: record.coolify_environment_name.clone(),
        provision_status: record.provision_status,
        steps,
        strangers: None,
    }
}
