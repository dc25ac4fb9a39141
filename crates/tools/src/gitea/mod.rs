//! The workspace's Gitea organisation.

mod credentials;
mod git_credential;

use covibe_workspace::Tool;

pub use self::git_credential::git_helper;

/// Returns the operations of this family.
pub(crate) fn operations() -> Vec<Tool> {
    vec![
        Tool::from_operation::<credentials::GiteaCredentials>(),
        Tool::from_operation::<git_credential::GetGitCredential>(),
    ]
}
