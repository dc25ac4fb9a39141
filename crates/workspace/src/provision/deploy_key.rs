//! The SSH deploy key: the private half is in Coolify and nowhere else, the public half belongs to
//! the bot.

use covibe_coolify::PrivateKey;
use covibe_crypto::Keypair;
use covibe_domain::{Failure, Kind, PrivateKeyUuid, names};
use covibe_gitea::Key;

use super::ownership_marks;
use super::run_context::{LABEL, ProvisionContext};
use crate::credentials::key_title;

/// Replaces the keypair. Gitea gets the new public half before Coolify starts to use the private
/// one; [`ensure_public_half`] removes the old public half once Coolify has the new pair.
///
/// Coolify cannot change which key an application uses, so the key itself is replaced.
pub(super) async fn rotate(on: &mut ProvisionContext) -> Result<(), Failure> {
    let Some(key) = find_private_key(on).await? else { return Ok(()) };
    let pair = pair()?;
    let bot = on.record.gitea_bot_username.clone();
    on.gitea()?.add_key(&bot, &title(&pair.public), &pair.public).await?;
    replace(on, &key.uuid, &pair).await
}

/// Ensures that Coolify holds a private key whose public half is known.
pub(super) async fn ensure_private_half(on: &mut ProvisionContext) -> Result<(), Failure> {
    if on.public_key.is_some() {
        return Ok(());
    }
    match find_private_key(on).await? {
        Some(PrivateKey { uuid, public_key: Some(public), .. }) => {
            on.record.coolify_private_key_uuid = Some(uuid);
            on.public_key = Some(public);
            Ok(())
        }
        // A key whose public half Coolify does not return is useless: it cannot be added to the bot.
        Some(PrivateKey { uuid, public_key: None, .. }) => {
            let pair = pair()?;
            replace(on, &uuid, &pair).await
        }
        None => {
            let pair = pair()?;
            let (name, description) = name_and_description(on);
            let made = on.coolify()?.create_private_key(&name, &description, &pair.private).await?;
            on.record.coolify_private_key_uuid = Some(made);
            on.public_key = Some(pair.public);
            Ok(())
        }
    }
}

/// Ensures that the bot has the public half of the key that Coolify holds, and no other key of ours; in
/// a rotation, no other key at all.
pub(super) async fn ensure_public_half(on: &mut ProvisionContext) -> Result<(), Failure> {
    let unknown = || Failure::unready("Coolify does not return the public half of the deploy key.");
    let mut public = on.public_key.clone().ok_or_else(unknown)?;
    let bot = on.record.gitea_bot_username.clone();
    let mut present = on.gitea()?.keys(&bot).await?;
    if !present.iter().any(|key| is_same(&key.key, &public)) {
        let added = on.gitea()?.add_key(&bot, &title(&public), &public).await;
        match added.map_err(Failure::from) {
            // A key can be added only once per Gitea instance: somebody else has this one. Or its
            // type or length is one that Gitea rejects. If the instance rejects every key, the new
            // one fails before Coolify gets it.
            Err(failure) if matches!(failure.kind, Kind::Conflict | Kind::Unready) => {
                public = replace_foreign_pair(on, &bot).await?;
            }
            added => drop(added?),
        }
        present = on.gitea()?.keys(&bot).await?;
    }
    for key in &present {
        if is_same(&key.key, &public) {
            on.record.gitea_bot_ssh_key_id = Some(key.id);
        } else if is_ours(key) || on.wants.rotates_any() {
            on.gitea()?.delete_key(&bot, key.id).await?;
        }
    }
    Ok(())
}

/// Replaces a pair that somebody else has with a new one.
async fn replace_foreign_pair(on: &mut ProvisionContext, bot: &str) -> Result<String, Failure> {
    let Some(uuid) = on.record.coolify_private_key_uuid.clone() else {
        return Err(Failure::unready("The workspace has no deploy key yet."));
    };
    let pair = pair()?;
    on.gitea()?.add_key(bot, &title(&pair.public), &pair.public).await?;
    replace(on, &uuid, &pair).await?;
    Ok(pair.public)
}

/// Returns the key in Coolify: the recorded one, or one that an earlier run created and did not
/// record.
async fn find_private_key(on: &ProvisionContext) -> Result<Option<PrivateKey>, Failure> {
    let coolify = on.coolify()?;
    if let Some(uuid) = &on.record.coolify_private_key_uuid
        && let Some(key) = coolify.private_key(uuid).await?
    {
        return Ok(Some(key));
    }
    if on.is_first {
        return Ok(None);
    }
    // Coolify computes a public half for each key of the team (4.3.11).
    let keys = coolify.private_keys().await?;
    let is_ours =
        |key: &PrivateKey| ownership_marks::is_marked(&on.record, key.description.as_deref());
    Ok(keys.into_iter().find(is_ours))
}

/// Replaces the private key that Coolify holds.
async fn replace(
    on: &mut ProvisionContext,
    uuid: &PrivateKeyUuid,
    pair: &Keypair,
) -> Result<(), Failure> {
    let (name, description) = name_and_description(on);
    on.coolify()?.update_private_key(uuid, &name, &description, &pair.private).await?;
    on.record.coolify_private_key_uuid = Some(uuid.clone());
    on.public_key = Some(pair.public.clone());
    Ok(())
}

fn pair() -> Result<Keypair, Failure> {
    // Gitea shows the comment to everybody who is signed in.
    let made = covibe_crypto::keypair(LABEL);
    made.map_err(|error| {
        tracing::error!(%error, "a keypair could not be created");
        Failure::unready("The SSH keypair could not be created. The operator's log has the reason.")
    })
}

/// Returns a key's name and description in Coolify.
fn name_and_description(on: &ProvisionContext) -> (String, String) {
    let mark = on.record.upstream_mark.clone().unwrap_or_default();
    (names::coolify_project(&on.record.slug), mark)
}

/// Returns the title of a key, which is unique for the bot.
fn title(public: &str) -> String {
    key_title(LABEL, public)
}

fn is_ours(key: &Key) -> bool {
    key.title.strip_prefix(LABEL).is_some_and(|rest| rest.starts_with(' '))
}

fn is_same(one: &str, other: &str) -> bool {
    content(one) == content(other)
}

/// Returns type and key without the comment, which either side may drop.
fn content(public: &str) -> Vec<&str> {
    public.split_whitespace().take(2).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ssh_keys_are_compared_and_titled_by_their_content() {
        let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBlJw8";
        assert!(is_same(key, &format!("{key} mark-bot@x")));
        assert!(!is_same(key, "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOther"));
        assert_eq!(title(&format!("{key} mark-bot")), "co-vibe I1NTE5AAAAIBlJw8");
    }
}
