//! The workspace's Gitea.

mod credentials;

use covibe_workspace::Tool;

/// The operations of this family.
pub(crate) fn operations() -> Vec<Tool> {
    vec![Tool::of::<credentials::GiteaCredentials>()]
}
