//! What has access to a workspace's code and was not created by provisioning.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::words;

words! {
    /// How a stranger has access.
    StrangerKind {
        /// A member of the organisation.
        Member = "member",
        /// A user that a repository was opened to.
        Collaborator = "collaborator",
        /// Someone who may take a repository over, at any time: its transfer was started.
        Transfer = "transfer",
        /// An SSH key that opens one repository.
        DeployKey = "deploy_key",
        /// A webhook, which is told of each push.
        Hook = "hook",
        /// A server from which a repository is replaced again and again.
        PullMirror = "pull_mirror",
        /// A server that a repository is pushed to.
        PushMirror = "push_mirror",
        /// A runner of Gitea Actions, which gets jobs with tokens that open repositories.
        Runner = "runner",
        /// A repository that others than the organisation's members can read.
        Public = "public",
        /// A repository in the bot's own space, such as a fork, which others may have been let into.
        BotRepository = "bot_repository",
    }
}

/// Something that has access to the workspace's code and that provisioning did not create. It outlives
/// a rotation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Stranger {
    /// How it has access.
    pub kind: StrangerKind,
    /// A user, a runner, a host, or what a key or the public may do.
    #[schemars(example = &"alice")]
    pub name: String,
    /// The repository; absent for the whole organisation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"shop")]
    pub repo: Option<String>,
    /// The call that removes it, below apiBase of gitea.credentials; after `operator: `, only the operator
    /// can make it.
    #[schemars(example = &"DELETE /orgs/vibn-mark/members/alice")]
    pub remove: String,
}

/// The strangers of a workspace.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Strangers {
    /// Up to 50 of them.
    pub found: Vec<Stranger>,
    /// How many more there are.
    #[serde(skip_serializing_if = "is_zero")]
    pub more: usize,
    /// What could not be read.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"The repositories could not be listed.")]
    pub incomplete: Option<String>,
    /// How many repositories beyond the first 50 were not read.
    #[serde(skip_serializing_if = "is_zero")]
    pub unread_repos: usize,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_zero(count: &usize) -> bool {
    *count == 0
}
