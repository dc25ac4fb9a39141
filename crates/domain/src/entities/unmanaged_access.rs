//! Users, keys, hooks and servers that have access to a workspace's code, but were not created by provisioning.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::words;

words! {
    /// The kind of access that a stranger has.
    StrangerKind {
        /// A member of the organisation.
        Member = "member",
        /// A user who was given access to a repository.
        Collaborator = "collaborator",
        /// Someone who can take over a repository at any time, because its transfer to them was started.
        Transfer = "transfer",
        /// An SSH key for one repository.
        DeployKey = "deploy_key",
        /// A webhook, which receives each push.
        Hook = "hook",
        /// A server whose content replaces a repository again and again.
        PullMirror = "pull_mirror",
        /// A server to which a repository is pushed.
        PushMirror = "push_mirror",
        /// A runner of Gitea Actions, which gets jobs with tokens for repositories.
        Runner = "runner",
        /// A repository that people outside the organisation can read.
        Public = "public",
        /// A repository in the bot's own namespace, such as a fork, which others may have access to.
        BotRepository = "bot_repository",
    }
}

/// Something that has access to the workspace's code and that provisioning did not create. It outlives
/// a rotation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Stranger {
    /// The kind of access.
    pub kind: StrangerKind,
    /// The user, runner or host; for a key or the public, the rights.
    #[schemars(example = &"alice")]
    pub name: String,
    /// The repository; absent for the whole organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"shop")]
    pub repo: Option<String>,
    /// The call that removes it, below apiBase of gitea.credentials; it begins with `operator: ` if only the operator
    /// can make it.
    #[schemars(example = &"DELETE /orgs/vibn-mark/members/alice")]
    pub remove: String,
}

/// The strangers that have access to a workspace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Strangers {
    /// Up to 50 of them.
    pub found: Vec<Stranger>,
    /// The number of strangers beyond these.
    #[serde(skip_serializing_if = "is_zero")]
    pub more: usize,
    /// The reason why this list is incomplete.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"The repositories could not be listed.")]
    pub incomplete: Option<String>,
    /// The number of repositories beyond the first 50 that were not read.
    #[serde(skip_serializing_if = "is_zero")]
    pub unread_repos: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}
