//! The check of object storage: whether the project can be used, and has room for more workspaces.

use covibe_config::Storage;
use covibe_domain::Failure;
use covibe_installation::upstream_clients;

use crate::check_outcome::{Check, failed_check, passed_check, warned_check};

/// The service accounts that a project can have unless Google raised its quota.
const QUOTA: usize = 100;

/// From how many on a quota counts as almost used up.
const MANY: usize = 90;

/// Runs the check of what is configured.
pub(crate) async fn checks(from: Option<&Storage>) -> Vec<Check> {
    match from {
        Some(from) => vec![project(from).await],
        None => Vec::new(),
    }
}

async fn project(from: &Storage) -> Check {
    const NAME: &str = "storage.project";
    let client = match upstream_clients::google_storage(from) {
        Ok(client) => client,
        Err(error) => return failed_check(NAME, format!("{error:#}")),
    };
    match client.count_accounts().await {
        Ok(count) => {
            let text = format!(
                "the project {} has {count} service accounts; Google allows {QUOTA} unless it raised the quota, \
                 and each workspace with a bucket needs one",
                from.project
            );
            if count < MANY { passed_check(NAME, text) } else { warned_check(NAME, text) }
        }
        Err(error) => {
            let fix = "check COVIBE_STORAGE_PROJECT and GOOGLE_APPLICATION_CREDENTIALS: the \
                       account needs the roles `roles/iam.serviceAccountAdmin`, `roles/storage.admin` \
                       and `roles/storage.hmacKeyAdmin`, and the project needs the APIs of IAM and \
                       Cloud Storage";
            failed_check(NAME, format!("{} {fix}", Failure::from(error).message))
        }
    }
}
