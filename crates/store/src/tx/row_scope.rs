//! The rows that a transaction sees, and the access that it has to them.

use covibe_domain::{KeyDigest, Slug, TenantId, UserId};

/// The rows that a transaction sees.
pub(crate) enum Scope {
    /// One tenant's.
    Tenant(TenantId),
    /// The rows that belong to this credential: a key, a person, a session, a link, an invitation.
    Credential(KeyDigest),
    /// The rows that a person has apart from their tenants.
    Person(UserId),
    /// One tenant's rows, and the rows that a person has apart from their tenants.
    TenantAndPerson(TenantId, UserId),
    /// The one workspace with this slug, to be read.
    Slug(Slug),
    /// The one workspace whose organisation has this number in Gitea, to be read.
    Organisation(i64),
    /// No tenant's rows; for tables that do not belong to tenants.
    Shared,
}

impl Scope {
    /// Returns the tenant's id; empty in other scopes, and no row has an empty tenant.
    pub(crate) fn tenant(&self) -> &str {
        match self {
            Self::Tenant(tenant) | Self::TenantAndPerson(tenant, _) => tenant.as_str(),
            Self::Credential(_)
            | Self::Person(_)
            | Self::Slug(_)
            | Self::Organisation(_)
            | Self::Shared => "",
        }
    }

    /// Returns the credential's digest; empty in other scopes, and no key has an empty digest.
    pub(crate) fn credential(&self) -> String {
        match self {
            Self::Credential(digest) => digest.to_string(),
            _ => String::new(),
        }
    }

    /// Returns the person's id; empty in other scopes, and no person has an empty id.
    pub(crate) fn person(&self) -> &str {
        match self {
            Self::Person(user) | Self::TenantAndPerson(_, user) => user.as_str(),
            _ => "",
        }
    }

    /// Returns the scope of a tenant, in which the rows of the same person stay visible.
    pub(super) fn within(&self, tenant: &TenantId) -> Self {
        match self {
            Self::Person(user) | Self::TenantAndPerson(_, user) => {
                Self::TenantAndPerson(tenant.clone(), user.clone())
            }
            _ => Self::Tenant(tenant.clone()),
        }
    }

    /// Returns whether a transaction in this scope must have begun before its first statement is sent, because
    /// policies would not refuse each first statement without a transaction.
    pub(crate) const fn begins_first(&self, access: Access) -> bool {
        access.changes() && !matches!(self, Self::Tenant(_))
    }

    /// Returns the statements that begin a transaction of PostgreSQL in this scope.
    pub(crate) fn beginning(&self, access: Access) -> String {
        format!("{}; {}", access.postgres(), self.setting())
    }

    /// Returns the statement that sets the scope for PostgreSQL's policies. The types of the
    /// values exclude quotes.
    pub(super) fn setting(&self) -> String {
        match self {
            Self::Tenant(tenant) => format!("SET LOCAL app.tenant_id = '{tenant}'"),
            Self::Credential(digest) => format!("SET LOCAL app.credential = '{digest}'"),
            Self::Person(user) => format!("SET LOCAL app.user_id = '{user}'"),
            Self::TenantAndPerson(tenant, user) => {
                format!("SET LOCAL app.tenant_id = '{tenant}'; SET LOCAL app.user_id = '{user}'")
            }
            Self::Slug(slug) => format!("SET LOCAL app.slug = '{slug}'"),
            Self::Organisation(id) => format!("SET LOCAL app.organisation = '{id}'"),
            Self::Shared => "SET LOCAL app.tenant_id = ''".to_owned(),
        }
    }
}

/// The access of a transaction.
#[derive(Clone, Copy)]
pub(crate) enum Access {
    /// Read rows.
    Read,
    /// Read and change rows.
    Write,
    /// Read and change rows that nobody misses after a power failure: SQLite does not wait for the disk.
    WriteUnsynced,
}

impl Access {
    /// Returns whether rows may be changed.
    pub(crate) const fn changes(self) -> bool {
        matches!(self, Self::Write | Self::WriteUnsynced)
    }

    const fn postgres(self) -> &'static str {
        match self {
            Self::Read => "BEGIN READ ONLY",
            Self::Write | Self::WriteUnsynced => "BEGIN",
        }
    }

    /// A deferred transaction that writes later may get SQLITE_BUSY at once, regardless of the busy
    /// timeout, so writers acquire the lock at the start.
    pub(super) const fn sqlite(self) -> &'static str {
        match self {
            Self::Read => "BEGIN",
            Self::Write => "PRAGMA synchronous = FULL; BEGIN IMMEDIATE",
            Self::WriteUnsynced => "PRAGMA synchronous = NORMAL; BEGIN IMMEDIATE",
        }
    }
}
