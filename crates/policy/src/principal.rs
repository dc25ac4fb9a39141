//! Who calls, and what kind of thing a call does.

use covibe_domain::entities::KeyScope;
use covibe_domain::{Failure, KeyId, Slug, TenantId, WorkspaceId};

/// The holder of an API key: one key acts on one workspace.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The workspace's tenant.
    pub tenant: TenantId,
    /// The one workspace that the key was minted for.
    pub workspace: WorkspaceId,
    /// That workspace's slug.
    pub slug: Slug,
    /// The key.
    pub key: KeyId,
    /// What the key opens.
    pub scope: KeyScope,
}

impl Principal {
    /// Refuses a path that names another workspace, without telling whether there is one.
    pub fn enter(&self, slug: &str) -> Result<(), Failure> {
        if slug == self.slug.as_str() {
            return Ok(());
        }
        let message = "This key does not belong to the workspace in the path.";
        Err(Failure::forbidden(message).hint(format!(
            "Stop and ask the user; do not guess other slugs. This key's own path is \
             /api/workspaces/{}/…",
            self.slug
        )))
    }
}

/// What a call does to the workspace.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Access {
    /// Looks only.
    Read,
    /// Creates or changes.
    Write,
    /// Takes away what can't be brought back.
    Destroy,
}

impl Access {
    /// The word for it in descriptions of the surface.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Destroy => "destroy",
        }
    }

    /// Whether a call of this kind changes anything.
    pub const fn changes(self) -> bool {
        !matches!(self, Self::Read)
    }
}
