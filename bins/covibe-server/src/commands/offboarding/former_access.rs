//! The secrets that people and agents of a workspace's former company may know: the move replaces some of them, and names
//! the others.

use std::sync::Arc;

use anyhow::Context as _;
use covibe_config::Config;
use covibe_domain::entities::{ProvisionStatus, StorageProvider};
use covibe_domain::{Slug, names};
use covibe_identity::Caller;
use covibe_installation::tenants;
use covibe_store::StorageRecord;
use serde_json::{Value, json};

use super::deletion::replace_tokens;
use super::upstream_resources::{Holdings, Resource};
use crate::commands::api_keys::{call, with_hint};
use crate::print;
use crate::wiring::Parts;

/// Replaces the secrets of a workspace that was moved: its tokens for Gitea, and the key of its bucket at Google, even
/// if the tokens could not be replaced.
///
/// # Errors
///
/// One of them could not be replaced.
pub(super) async fn replace(config: &Config, parts: &Parts, slug: &Slug) -> anyhow::Result<()> {
    let moved = tenants::operator(config, &parts.store, slug).await?;
    let moved = moved.with_context(|| format!("the workspace {slug} no longer exists"))?;
    if moved.workspace.provision_status != ProvisionStatus::Ready {
        return Ok(());
    }
    let tokens = replace_gitea_tokens(parts, &moved).await;
    let key = replace_bucket_key(parts, moved).await;
    tokens.and(key)
}

/// Replaces the tokens for Gitea, unless that was done since the move.
async fn replace_gitea_tokens(parts: &Parts, moved: &Caller) -> anyhow::Result<()> {
    let slug = &moved.workspace.slug;
    let is_open = parts.platform.has_open_replacement(&moved.workspace).await;
    if is_open.map_err(|failure| with_hint(&failure))? {
        replace_tokens(parts, moved).await.with_context(|| {
            format!(
                "{slug} was moved, but its tokens for Gitea were not replaced: whoever had them \
                 can still read and change its repositories. Repeat the same command, which \
                 replaces them"
            )
        })?;
    }
    print::line("REPLACED its tokens for Gitea");
    Ok(())
}

/// Replaces the key of the bucket, if the move has discarded its secret and no call has made another one since.
async fn replace_bucket_key(parts: &Parts, moved: Caller) -> anyhow::Result<()> {
    let of = Arc::clone(&moved.workspace);
    let mut tx = parts.store.tenant_read(&of.tenant).await?;
    let storage = tx.storage(&of.id).await?;
    tx.commit().await?;
    if !storage.is_some_and(|storage| storage.lacks_secret()) {
        return Ok(());
    }
    let made = call(parts, moved, "storage.provision", json!({})).await;
    let made = made.with_context(|| {
        format!(
            "{} was moved, but the key of its bucket was not replaced: whoever had it can still \
             read and change the objects. Repeat the same command, which replaces it",
            of.slug
        )
    })?;
    print::line("REPLACED the key of its bucket");
    if let Some(line) = apps_with_former_key(&made) {
        print::line(&line);
    }
    Ok(())
}

/// Returns a line for the apps that may use the former key of the bucket, from the answer of `storage.provision`.
fn apps_with_former_key(made: &Value) -> Option<String> {
    let listed = ["failed", "needsDeploy"].into_iter().filter_map(|name| made[name].as_array());
    let mut apps: Vec<_> = listed.flatten().filter_map(Value::as_str).collect();
    apps.sort_unstable();
    apps.dedup();
    let apps = (!apps.is_empty()).then(|| apps.join(", "))?;
    Some(format!(
        "NOTE the former key of the bucket stays valid until these apps run with the new one: \
         {apps}. Call storage.provision, apps.deploy for each of them, and storage.provision again, \
         which ends the former key"
    ))
}

/// Returns the lines about secrets in the plan of a move: those that are replaced, and those that are only named.
pub(super) fn planned_lines(of: &Holdings) -> Vec<String> {
    let mut lines = vec!["REPLACE its tokens for Gitea".to_owned()];
    if let Some(bucket) = of.bucket.as_ref().filter(|bucket| has_google_key(bucket)) {
        lines.push("REPLACE the key of its bucket".to_owned());
        lines.extend(bucket.previous_key_id.is_some().then(|| {
            "NOTE the key of its bucket is being replaced already: apps that still run with the \
             key before the current one can't use the bucket until they are deployed"
                .to_owned()
        }));
    }
    lines.extend(known_secrets(of));
    lines
}

fn has_google_key(bucket: &StorageRecord) -> bool {
    bucket.place.provider == StorageProvider::Gcs && bucket.access_key_id.is_some()
}

/// Returns a line for each secret that the former company may know and that stays valid.
pub(super) fn known_secrets(of: &Holdings) -> Vec<String> {
    let given = of.bucket.iter().filter(|bucket| bucket.place.provider == StorageProvider::S3);
    let given = given.map(|bucket| {
        format!(
            "NOTE the former company may know the key of the operator's bucket {}: make another \
             one, and give it with `covibe-server tenant give-storage`",
            bucket.place.bucket
        )
    });
    of.resources.iter().filter_map(known_secret).chain(given).collect()
}

fn known_secret(of: &Resource) -> Option<String> {
    let Resource { noun, uuid, name, public_port, .. } = of;
    let secret = match *noun {
        "app" => "the variables",
        "auth provider" => "the administrator's password",
        "database" => "the password",
        _ => return None,
    };
    let name = names::displayable(name, 100);
    let port = public_port.map_or_else(String::new, |port| {
        format!(
            "; it is reachable from the internet on the public port {port} until databases.update \
             with `isPublic: false` closes it"
        )
    });
    Some(format!("NOTE the former company may know {secret} of {noun} {name} ({uuid}){port}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn apps_that_may_use_the_former_key_are_listed_once() {
        assert_eq!(apps_with_former_key(&json!({ "storage": {} })), None);
        let made = json!({ "failed": ["b"], "needsDeploy": ["b", "a"] });
        let line = apps_with_former_key(&made).unwrap();
        assert!(line.contains("with the new one: a, b. Call storage.provision"), "{line}");
    }
}
