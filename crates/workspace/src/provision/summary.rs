//! The description of a workspace that agents and people see.

use covibe_domain::entities::WorkspaceSummary;

use super::stage::{hint, order};
use crate::records::Described;
use crate::settings::Settings;

/// Describes a workspace.
pub(crate) fn summary(described: Described, settings: &Settings) -> WorkspaceSummary {
    let Described { record, mut steps } = described;
    steps.sort_by_key(|step| order(&step.name));
    WorkspaceSummary {
        domain_namespace: WorkspaceSummary::namespace(&record.slug, &settings.base_domain),
        hint: hint(&record.slug, record.provision_status, &steps),
        slug: record.slug.to_string(),
        name: record.name,
        gitea_org: record.gitea_org,
        gitea_bot_username: record.gitea_bot_username,
        coolify_project_uuid: record.coolify_project_uuid,
        coolify_environment_name: record.coolify_environment_name,
        provision_status: record.provision_status,
        steps,
        strangers: None,
    }
}
