//! Marks: the proof that something on an upstream was created for this workspace.
//!
//! A name proves nothing, because anybody may have taken it. A mark is recorded before anything is
//! created with it, and contains 128 random bits. A resource that an upstream has created also has
//! a number, which is recorded as soon as it is known; from then on, the number alone decides.

use covibe_domain::Failure;
use covibe_store::WorkspaceRecord;

use crate::platform::Platform;

/// The prefix of each mark; the id of the installation follows.
pub(crate) const PREFIX: &str = "co-vibe ";

/// Ensures that a record has its marks. They are stored before the first stage starts.
pub(super) async fn ensure(
    platform: &Platform,
    record: &mut WorkspaceRecord,
) -> Result<(), Failure> {
    if record.upstream_mark.is_none() {
        let mut tx = platform.store.tenant_read(&record.tenant).await?;
        let installation = tx.installation().await?;
        tx.commit().await?;
        let mark = format!("{PREFIX}{installation}.{}.{}", record.id, random());
        record.upstream_mark = Some(mark);
    }
    if record.gitea_bot_email.is_none() {
        let (bot, base) = (&record.gitea_bot_username, &platform.settings().base_domain);
        record.gitea_bot_email = Some(format!("{bot}-{}@bots.{base}", random()));
    }
    Ok(())
}

/// Returns whether a description has the mark of a workspace. A record without a mark has created
/// nothing.
pub(super) fn is_marked(record: &WorkspaceRecord, description: Option<&str>) -> bool {
    let mark = record.upstream_mark.as_deref().filter(|mark| !mark.is_empty());
    mark.is_some_and(|mark| description == Some(mark))
}

fn random() -> String {
    hex::encode(covibe_crypto::random::<16>())
}
