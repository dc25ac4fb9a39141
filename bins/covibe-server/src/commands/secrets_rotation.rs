//! `covibe-server secrets rotate`: encrypts all secrets with the newest key.

use anyhow::{Context as _, bail};
use covibe_config::Config;
use covibe_crypto::SecretBox;
use covibe_installation::{secrets_key, tenants};
use covibe_store::Store;
use covibe_workspace::{Resealed, reseal_secrets};

use super::configured;
use crate::print;
use crate::server_files::absolute_path;

/// Encrypts all secrets with the newest key, and says which keys are no longer needed. With `discard`,
/// deletes what no key opens.
pub(crate) async fn rotate(discard: bool) -> anyhow::Result<()> {
    let config = configured()?;
    config.refuse_unused_postgres()?;
    let store = covibe_installation::existing_store(&config).await?;
    let keys = secrets_key::existing(&config)?
        .with_context(|| format!("no secrets key at {}", absolute_path(&config.secrets_path())))?;
    if !discard {
        secrets_key::try_canaries(&store, &keys).await?;
    }
    secrets_key::record(&store, &keys).await?;
    let mut count = Resealed::default();
    for tenant in tenants::all_tenants(&config, &store).await? {
        reseal_secrets(&store, &keys, &tenant, discard, &mut count).await?;
    }
    print_keys(&keys, count);
    let unneeded = forget_unneeded(&config, &store, &keys).await?;
    if unneeded.is_empty() {
        print::line("No other key is in use.");
    } else {
        print::line(&format!(
            "No longer needed: {}. Remove it from VIBN_SECRETS_KEY once every server runs with {} as \
             its first key.",
            unneeded.join(", "),
            keys.newest_id()
        ));
    }
    Ok(())
}

fn print_keys(keys: &SecretBox, count: Resealed) {
    let Resealed { resealed, unreadable, discarded } = count;
    print::line(&format!("{} encrypted with {}.", secrets_were(resealed), keys.newest_id()));
    if discarded > 0 {
        print::line(&format!(
            "{} deleted, because no key opens them. `covibe-server provision --all` creates new ones.",
            secrets_were(discarded)
        ));
    }
    if unreadable > 0 {
        let unreadable = secrets_were(unreadable);
        print::line(&format!("{unreadable} left unchanged, because no key opens them."));
    }
}

/// Returns the subject of a sentence about a number of secrets, with its verb.
fn secrets_were(count: usize) -> String {
    if count == 1 { "1 secret was".to_owned() } else { format!("{count} secrets were") }
}

/// Forgets the older keys that no secret needs. Returns their ids.
///
/// # Errors
///
/// Secrets need one of them: they can't be opened, or a server stored them meanwhile.
async fn forget_unneeded(
    config: &Config,
    store: &Store,
    keys: &SecretBox,
) -> anyhow::Result<Vec<String>> {
    let known = store.secrets_keys().await?.into_iter().map(|key| key.id);
    let older: Vec<_> = known.filter(|id| id != keys.newest_id()).collect();
    for id in &older {
        store.forget_secrets_key(id).await?;
    }
    // Counted only now: a server that stores a secret from here on records its key again.
    let by_key = secrets_key::count(config, store).await?;
    let needed: Vec<_> = by_key.iter().filter(|(id, _)| *id != keys.newest_id()).collect();
    for (id, _) in &needed {
        store.note_secrets_key(id).await?;
    }
    if !needed.is_empty() {
        let each = needed.iter().map(|(id, count)| format!("{id} ({count} secrets)"));
        bail!(
            "still needed: {}. Run the command again when every server runs with {} as its first key; \
             --discard-unreadable deletes those that no key can decrypt",
            each.collect::<Vec<_>>().join(", "),
            keys.newest_id()
        );
    }
    Ok(older)
}
