//! Links that work once.

use covibe_domain::{Actor, KeyDigest, LinkId, TenantId, Timestamp, UserId, boxed};
use diesel::prelude::*;

use crate::error::{Error, Result};
use crate::row::{parse, parse_some, word};
use crate::schema::one_time_links as table;
use crate::tx::{RunQueryDsl, Tx};

/// The purpose of a link: what it opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkPurpose {
    /// A session.
    SignIn,
    /// The page on which a person chooses their password, and a session.
    Password,
    /// The page on which a person proves that their address is theirs, and chooses a password; then a session.
    Proof,
}

impl LinkPurpose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Password => "password",
            Self::Proof => "proof",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        let all = [Self::SignIn, Self::Password, Self::Proof];
        all.into_iter().find(|purpose| purpose.as_str() == word)
    }
}

/// The maker of a link.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LinkMaker {
    /// The operator, at the server's command line.
    Operator,
    /// An admin, for a member of their tenant.
    Admin {
        /// The admin.
        user: UserId,
        /// The tenant.
        tenant: TenantId,
    },
}

impl LinkMaker {
    fn columns(&self) -> (&str, Option<&str>) {
        match self {
            Self::Operator => (Actor::Operator.as_str(), None),
            Self::Admin { user, tenant } => (user.as_str(), Some(tenant.as_str())),
        }
    }

    fn from_columns(made_by: String, tenant: Option<String>) -> Result<Self> {
        let tenant = parse_some(tenant, "one_time_links.tenant_id")?;
        match (parse(made_by, "one_time_links.made_by")?, tenant) {
            (Actor::Operator, None) => Ok(Self::Operator),
            (Actor::Person(user), Some(tenant)) => Ok(Self::Admin { user, tenant }),
            _ => Err(Error::Corrupt("one_time_links.made_by")),
        }
    }
}

/// A link for one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneTimeLink {
    /// Its id, which may be shown.
    pub id: LinkId,
    /// The digest of the token in the link.
    pub digest: KeyDigest,
    /// The person whom it is for.
    pub user: UserId,
    /// The purpose.
    pub purpose: LinkPurpose,
    /// The maker.
    pub maker: LinkMaker,
    /// When it expires.
    pub expires_at: Timestamp,
}

/// A link that an admin made for a member of their tenant, as admins see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PendingLink {
    /// Its id.
    pub id: LinkId,
    /// The person whom it is for.
    pub user: UserId,
    /// The admin.
    pub made_by: UserId,
    /// When it expires.
    pub expires_at: Timestamp,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = table)]
struct Row {
    user_id: String,
    purpose: String,
    expires_at: i64,
    made_by: String,
    tenant_id: Option<String>,
    id: String,
}

impl Row {
    fn link(self, digest: &KeyDigest) -> Result<OneTimeLink> {
        Ok(OneTimeLink {
            id: parse(self.id, "one_time_links.id")?,
            digest: *digest,
            user: parse(self.user_id, "one_time_links.user_id")?,
            purpose: word(LinkPurpose::from_word(&self.purpose), "one_time_links.purpose")?,
            maker: LinkMaker::from_columns(self.made_by, self.tenant_id)?,
            expires_at: Timestamp::from_millis(self.expires_at),
        })
    }

    fn pending(self) -> Result<PendingLink> {
        Ok(PendingLink {
            id: parse(self.id, "one_time_links.id")?,
            user: parse(self.user_id, "one_time_links.user_id")?,
            made_by: parse(self.made_by, "one_time_links.made_by")?,
            expires_at: Timestamp::from_millis(self.expires_at),
        })
    }
}

impl Tx {
    /// Inserts a link of the person of the scope, and removes those that have expired.
    #[boxed]
    pub async fn insert_link(&mut self, link: &OneTimeLink, now: Timestamp) -> Result<()> {
        on!(self, conn => diesel::delete(table::table)
            .filter(table::user_id.eq(self.scope.person()))
            .filter(table::expires_at.le(now.as_millis()))
            .execute(conn).await)?;
        let (made_by, tenant) = link.maker.columns();
        let row = (
            table::id.eq(link.id.as_str()),
            table::digest.eq(link.digest.to_string()),
            table::user_id.eq(self.scope.person()),
            table::purpose.eq(link.purpose.as_str()),
            table::created_at.eq(now.as_millis()),
            table::expires_at.eq(link.expires_at.as_millis()),
            table::made_by.eq(made_by),
            table::tenant_id.eq(tenant),
        );
        on!(self, conn => diesel::insert_into(table::table).values(row).execute(conn).await)?;
        Ok(())
    }

    /// Returns the link whose token's digest the transaction presents, even if it has expired.
    #[boxed]
    pub async fn presented_link(&mut self, digest: &KeyDigest) -> Result<Option<OneTimeLink>> {
        let row: Option<Row> = on!(self, conn => table::table
            .filter(table::digest.eq(self.scope.credential()))
            .select(Row::as_select())
            .first(conn).await.optional())?;
        row.map(|row| row.link(digest)).transpose()
    }

    /// Uses up a link of the person of the scope. Returns false if it was used before.
    #[boxed]
    pub async fn take_link(&mut self, digest: &KeyDigest) -> Result<bool> {
        let taken = on!(self, conn => diesel::delete(table::table)
            .filter(table::user_id.eq(self.scope.person()))
            .filter(table::digest.eq(digest.to_string()))
            .execute(conn).await)?;
        Ok(taken == 1)
    }

    /// Removes the links of the person of the scope, except for those that prove their address, which the operator made
    /// for the address's owner.
    #[boxed]
    pub async fn delete_links(&mut self) -> Result<()> {
        on!(self, conn => diesel::delete(table::table)
            .filter(table::user_id.eq(self.scope.person()))
            .filter(table::purpose.ne(LinkPurpose::Proof.as_str()))
            .execute(conn).await)?;
        Ok(())
    }

    /// Removes all links of the person of the scope. Returns how many of them had not expired.
    #[boxed]
    pub async fn delete_all_links(&mut self, now: Timestamp) -> Result<usize> {
        let theirs = table::user_id.eq(self.scope.person().to_owned());
        on!(self, conn => diesel::delete(table::table)
            .filter(theirs.clone())
            .filter(table::expires_at.le(now.as_millis()))
            .execute(conn).await)?;
        on!(self, conn => diesel::delete(table::table).filter(theirs).execute(conn).await)
    }

    /// Removes the links that an admin of the transaction's tenant made for its members. Returns how many of them had not
    /// expired.
    #[boxed]
    pub async fn delete_links_made_by(&mut self, admin: &UserId, now: Timestamp) -> Result<usize> {
        let tenant = self.scope.tenant().to_owned();
        let theirs = table::tenant_id.eq(tenant).and(table::made_by.eq(admin.as_str().to_owned()));
        on!(self, conn => diesel::delete(table::table)
            .filter(theirs.clone())
            .filter(table::expires_at.le(now.as_millis()))
            .execute(conn).await)?;
        on!(self, conn => diesel::delete(table::table).filter(theirs).execute(conn).await)
    }

    /// Returns the links that admins of the transaction's tenant made for its members and that have not expired, the
    /// newest first.
    #[boxed]
    pub async fn links_of_tenant(&mut self, now: Timestamp) -> Result<Vec<PendingLink>> {
        let rows: Vec<Row> = on!(self, conn => table::table
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::expires_at.gt(now.as_millis()))
            .order((table::created_at.desc(), table::id))
            .select(Row::as_select())
            .load(conn).await)?;
        rows.into_iter().map(Row::pending).collect()
    }

    /// Removes a link that an admin of the transaction's tenant made. Returns false if there is none with this id.
    #[boxed]
    pub async fn delete_link_of_tenant(&mut self, id: &LinkId) -> Result<bool> {
        let deleted = on!(self, conn => diesel::delete(table::table)
            .filter(table::tenant_id.eq(self.scope.tenant()))
            .filter(table::id.eq(id.as_str()))
            .execute(conn).await)?;
        Ok(deleted == 1)
    }
}
