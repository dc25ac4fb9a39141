//! The workspace's Gitea organisation.

mod credentials;

use covibe_workspace::Tool;

/// Returns the operations of this family.
pub(crate) fn operations() -> Vec<Tool> {
    vec![Tool::of::<credentials::GiteaCredentials>()]
}
