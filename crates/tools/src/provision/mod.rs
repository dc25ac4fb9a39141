//! Setting a workspace up on Gitea and Coolify: an ordered list of steps, each «ensure».
//!
//! Each step looks before it makes, and what it made is written down before the next one begins,
//! so that a repeated run goes on where an earlier one ended.

use std::sync::Arc;

use covibe_coolify::Client as Coolify;
use covibe_domain::entities::{ProvisionStatus, Step, StepState};
use covibe_domain::{Failure, PrivateKeyUuid, Secret, names};
use covibe_gitea::Client as Gitea;
use covibe_store::WorkspaceRecord;

use crate::context::{PAT, Platform};
use crate::now;

/// What the bot may do with its token: its repositories, its organisation, issues, its own keys.
const SCOPES: [&str; 4] = ["write:repository", "write:organization", "write:issue", "write:user"];

/// The name of the bot's token and of the deploy key.
const LABEL: &str = "co-vibe";

/// The steps, in their order.
const STEPS: [&str; 6] =
    ["gitea_bot", "gitea_org", "gitea_token", "ssh_key", "coolify_project", "coolify_environment"];

/// Where a step stands in the order; one of another release comes last.
pub(crate) fn order(step: &str) -> usize {
    STEPS.iter().position(|each| *each == step).unwrap_or(STEPS.len())
}

/// Brings a workspace to `ready`, and returns its record.
pub async fn provision(
    platform: &Arc<Platform>,
    mut record: WorkspaceRecord,
) -> Result<WorkspaceRecord, Failure> {
    // A workspace that works goes on working while it is looked over.
    let was_ready = record.provision_status == ProvisionStatus::Ready;
    for step in STEPS {
        write_step(platform, &record, step, StepState::Started).await?;
        let taken = take(platform, &mut record, step).await;
        let state = if taken.is_ok() { StepState::Done } else { StepState::Failed };
        record.provision_status = match (&taken, step) {
            _ if was_ready => ProvisionStatus::Ready,
            (Err(_), _) => ProvisionStatus::Failed,
            (Ok(()), "coolify_environment") => ProvisionStatus::Ready,
            (Ok(()), _) => ProvisionStatus::Partial,
        };
        write_step(platform, &record, step, state).await?;
        taken?;
    }
    Ok(record)
}

async fn write_step(
    platform: &Platform,
    record: &WorkspaceRecord,
    name: &str,
    state: StepState,
) -> Result<(), Failure> {
    let mut tx = platform.store.tenant(&record.tenant).await?;
    tx.put_step(&record.id, &Step { name: name.to_owned(), state, at: now() }).await?;
    tx.update_workspace(record).await?;
    Ok(tx.commit().await?)
}

async fn take(
    platform: &Platform,
    record: &mut WorkspaceRecord,
    step: &str,
) -> Result<(), Failure> {
    let (coolify, gitea) = (platform.coolify()?, platform.gitea()?);
    match step {
        "gitea_bot" => ensure_bot(gitea, record, &platform.settings.base_domain).await,
        "gitea_org" => ensure_org(gitea, record).await,
        "gitea_token" => ensure_token(platform, gitea, record).await,
        "ssh_key" => ensure_keypair(gitea, coolify, record).await,
        "coolify_project" => ensure_project(coolify, record).await,
        _ => check_environment(coolify, record).await,
    }
}

/// A user of the bot's name that we did not make may be anybody's, its password known to them.
async fn ensure_bot(gitea: &Gitea, record: &WorkspaceRecord, base: &str) -> Result<(), Failure> {
    let bot = &record.gitea_bot_username;
    let email = format!("{bot}@bots.{base}");
    match gitea.user(bot).await? {
        Some(user) if user.email.eq_ignore_ascii_case(&email) => Ok(()),
        Some(_) => Err(Failure::conflict(format!("Somebody else has the Gitea user {bot}."))
            .hint("Tell the operator: rename that user, or choose another slug.")),
        None => {
            // Nobody signs in as the bot: the password is made, sent and forgotten.
            let password = Secret::new(format!("Aa1!{}", covibe_crypto::mint_key().token.expose()));
            Ok(gitea.create_user(bot, &email, &password).await.map(drop)?)
        }
    }
}

async fn ensure_org(gitea: &Gitea, record: &WorkspaceRecord) -> Result<(), Failure> {
    if gitea.org(&record.gitea_org).await?.is_none() {
        gitea.create_org(&record.gitea_bot_username, &record.gitea_org).await?;
    }
    Ok(())
}

/// A token can't be read again: one that is there without a copy of it that opens is replaced.
async fn ensure_token(
    platform: &Platform,
    gitea: &Gitea,
    record: &mut WorkspaceRecord,
) -> Result<(), Failure> {
    let sealed = record.gitea_bot_token.as_deref();
    if sealed.is_some_and(|sealed| platform.secrets.open(PAT, record.id.as_str(), sealed).is_ok()) {
        return Ok(());
    }
    let bot = &record.gitea_bot_username;
    for lost in gitea.tokens(bot).await?.into_iter().filter(|token| token.name == LABEL) {
        gitea.delete_token(bot, lost.id).await?;
    }
    let token = gitea.create_token(bot, LABEL, &SCOPES).await?;
    let sealed = platform.secrets.seal(PAT, record.id.as_str(), &token);
    record.gitea_bot_token = Some(sealed.map_err(|_| Failure::unready("Sealing failed."))?);
    Ok(())
}

/// The private half goes to Coolify and is not kept: what an earlier run left there is used, and
/// its public half, which Coolify tells, goes to the bot.
async fn ensure_keypair(
    gitea: &Gitea,
    coolify: &Coolify,
    record: &mut WorkspaceRecord,
) -> Result<(), Failure> {
    if record.coolify_private_key_uuid.is_some() && record.gitea_bot_ssh_key_id.is_some() {
        return Ok(());
    }
    let (uuid, public) = ensure_private_key(coolify, record).await?;
    record.gitea_bot_ssh_key_id =
        Some(ensure_public_key(gitea, &record.gitea_bot_username, &public).await?);
    record.coolify_private_key_uuid = Some(uuid);
    Ok(())
}

/// The key in Coolify, and its public half.
async fn ensure_private_key(
    coolify: &Coolify,
    record: &WorkspaceRecord,
) -> Result<(PrivateKeyUuid, String), Failure> {
    let name = names::coolify_project(&record.slug);
    let present = coolify.private_keys().await?.into_iter().find(|key| key.name == name);
    if let Some((uuid, public)) = present.and_then(|key| Some((key.uuid, key.public_key?))) {
        return Ok((uuid, public));
    }
    let bot = &record.gitea_bot_username;
    let pair = covibe_crypto::keypair(bot).map_err(|_| Failure::unready("No keypair."))?;
    let description = format!("{LABEL} {}", pair.fingerprint);
    let uuid = coolify.create_private_key(&name, &description, &pair.private).await?;
    Ok((uuid, pair.public))
}

/// The key of the bot with this content.
async fn ensure_public_key(gitea: &Gitea, bot: &str, public: &str) -> Result<i64, Failure> {
    let present = gitea.keys(bot).await?;
    match present.iter().find(|key| content(&key.key) == content(public)) {
        Some(key) => Ok(key.id),
        None => Ok(gitea.add_key(bot, &title(public), public).await?),
    }
}

/// Titles are unique for the bot: a part of the key tells them apart.
fn title(public: &str) -> String {
    let key = content(public).last().copied().unwrap_or_default();
    let start = key.ceil_char_boundary(key.len().saturating_sub(16));
    format!("{LABEL} {}", &key[start..])
}

/// Kind and key, without the comment, which either side may drop.
fn content(public: &str) -> Vec<&str> {
    public.split_whitespace().take(2).collect()
}

/// Project names are not unique in Coolify: look by name first, and keep the uuid.
async fn ensure_project(coolify: &Coolify, record: &mut WorkspaceRecord) -> Result<(), Failure> {
    if record.coolify_project_uuid.is_some() {
        return Ok(());
    }
    let name = names::coolify_project(&record.slug);
    let present = coolify.projects().await?.into_iter().find(|project| project.name == name);
    record.coolify_project_uuid = Some(match present {
        Some(project) => project.uuid,
        None => coolify.create_project(&name, &record.name).await?,
    });
    Ok(())
}

async fn check_environment(coolify: &Coolify, record: &WorkspaceRecord) -> Result<(), Failure> {
    let Some(project) = &record.coolify_project_uuid else {
        return Err(Failure::unready("The workspace has no Coolify project yet."));
    };
    let environments = coolify.project(project).await?.environments;
    let wanted = &record.coolify_environment_name;
    if environments.iter().any(|environment| environment.name == *wanted) {
        return Ok(());
    }
    Err(Failure::unready(format!("The Coolify project has no environment {wanted}."))
        .hint("Create it in Coolify, then provision again."))
}
