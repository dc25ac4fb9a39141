//! The authenticated identity of a call.

use covibe_domain::entities::{KeyAccess, KeyScope};
use covibe_domain::{Actor, Failure, SessionId, Slug, TenantId, UserId, WorkspaceId};

/// The caller, and the one workspace that the call acts on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// The tenant that owns the workspace.
    pub tenant: TenantId,
    /// The workspace that the call acts on.
    pub workspace: WorkspaceId,
    /// That workspace's slug.
    pub slug: Slug,
    /// The key or person who acts.
    pub actor: Actor,
    /// The session of the person who acts. It may end during the call, so a transaction with a lasting effect checks it
    /// again.
    pub session: Option<SessionId>,
    /// The scope of the actor's rights.
    pub scope: KeyScope,
    /// The access of the actor within the scope.
    pub granted: KeyAccess,
    /// True if the client restricted this call to reading.
    pub narrowed: bool,
}

/// The callers of a workspace or a tenant whose calls are limited together. Keys take nothing from people and from the
/// operator, or else whoever has stolen a key could keep them from revoking it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CallerGroup {
    /// API keys.
    Keys,
    /// People, and the operator.
    People,
}

impl Principal {
    /// Returns the callers that the calls of this one are limited with.
    pub const fn group(&self) -> CallerGroup {
        match &self.actor {
            Actor::Key(_) => CallerGroup::Keys,
            Actor::Person(_) | Actor::Operator => CallerGroup::People,
        }
    }

    /// Returns the access of the call: at most that of the actor.
    pub fn access(&self) -> KeyAccess {
        if self.narrowed { KeyAccess::Read } else { self.granted }
    }

    /// Returns the person who acts, or `None` if a key or the operator acts.
    pub const fn person(&self) -> Option<&UserId> {
        match &self.actor {
            Actor::Person(user) => Some(user),
            Actor::Key(_) | Actor::Operator => None,
        }
    }

    /// Returns whether the actor is a person who is an admin of the tenant.
    pub fn is_admin(&self) -> bool {
        self.person().is_some() && self.scope == KeyScope::Tenant
    }

    /// Returns the failure of an operation that no key may call.
    pub fn needs_person(&self, operation: &str) -> Failure {
        Failure::forbidden(format!(
            "Only people who are signed in can call {operation}; API keys cannot."
        ))
        .hint("Stop, and ask the user to do it in the console.")
    }

    /// Returns the failure of an operation that only admins may call.
    pub fn needs_admin(&self, operation: &str) -> Failure {
        Failure::forbidden(format!("Only admins of the company can call {operation}."))
            .hint("Ask one of them.")
    }

    /// Returns the failure of an operation that needs full access.
    pub fn needs_full_access(&self, operation: &str) -> Failure {
        let (subject, remedy) = match self.granted {
            KeyAccess::Read => ("key", "for a key with full access"),
            KeyAccess::Full => ("MCP URL", "to remove readonly=1 from it"),
        };
        Failure::forbidden(format!("This {subject} is read-only and cannot call {operation}."))
            .hint(format!(
                "Call only tools that read and disclose no credential, or ask the user {remedy}."
            ))
    }

    /// Checks the slug of a REST path.
    ///
    /// # Errors
    ///
    /// Forbidden for any other slug, whether or not such a workspace exists.
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
