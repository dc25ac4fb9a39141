//! The state of a cell's repositories at Gitea: access to them, and facts about their commits.

mod bot_access_cache;
mod commit_messages;
mod commit_verdicts;
mod kept_verdicts;
mod reading_turns;
mod rotation_pauses;

use covibe_store::WorkspaceRecord;

use self::bot_access_cache::BotAccess;
use self::commit_messages::CommitMessages;
pub(crate) use self::commit_verdicts::CommitVerdicts;
pub(crate) use self::reading_turns::ReadingTurn;
use self::rotation_pauses::RotationPauses;
use super::recent_ids::RecentIds;
use crate::unmanaged_access::KnownStrangers;

/// The state of a cell's repositories.
#[derive(Debug, Default)]
pub(crate) struct Repositories {
    /// The access of the workspaces' bots, according to Gitea.
    pub(crate) bot_access: BotAccess,
    /// The slugs of workspaces whose access to Gitea was found broken since they were provisioned.
    pub(crate) broken_access: RecentIds,
    /// The people, keys and hooks with access to the code that the server did not give.
    pub(crate) strangers: KnownStrangers,
    /// The credentials that were replaced a moment ago.
    pub(crate) rotation_pauses: RotationPauses,
    /// The messages of commits.
    pub(crate) commit_messages: CommitMessages,
    /// The verdicts on commits, the turns to read them, and the permits to clone them.
    pub(crate) commit_verdicts: CommitVerdicts,
}

impl Repositories {
    /// Forgets the access to a workspace's repositories, because provisioning has mended it.
    pub(crate) fn forget_access(&self, record: &WorkspaceRecord) {
        self.bot_access.forget(&record.id);
        self.broken_access.forget(record.slug.as_str());
        self.strangers.forget(&record.id);
    }
}
