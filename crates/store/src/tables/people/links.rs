//! Links that open something once.

use covibe_domain::{KeyDigest, Timestamp, UserId};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;

use crate::error::{Error, Result};
use crate::row::{parse, word};
use crate::schema::one_time_links as table;
use crate::tx::Tx;

/// What a link opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LinkPurpose {
    /// A session.
    SignIn,
    /// The page on which a person chooses their password, and a session.
    Password,
}

impl LinkPurpose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::SignIn => "sign_in",
            Self::Password => "password",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::SignIn, Self::Password].into_iter().find(|purpose| purpose.as_str() == word)
    }
}

/// A link for one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OneTimeLink {
    /// The digest of the token in the link.
    pub digest: KeyDigest,
    /// Whose it is.
    pub user: UserId,
    /// What it opens.
    pub purpose: LinkPurpose,
    /// When it expires.
    pub expires_at: Timestamp,
}

impl Tx {
    /// Inserts a link of the person of the scope, and removes those that have expired.
    pub async fn insert_link(&mut self, link: &OneTimeLink, now: Timestamp) -> Result<()> {
        on!(self, conn => diesel::delete(table::table)
            .filter(table::user_id.eq(self.scope.person()))
            .filter(table::expires_at.le(now.as_millis()))
            .execute(conn).await)?;
        let row = (
            table::digest.eq(link.digest.to_string()),
            table::user_id.eq(self.scope.person()),
            table::purpose.eq(link.purpose.as_str()),
            table::created_at.eq(now.as_millis()),
            table::expires_at.eq(link.expires_at.as_millis()),
        );
        on!(self, conn => diesel::insert_into(table::table).values(row).execute(conn).await)?;
        Ok(())
    }

    /// Returns the link whose token's digest the transaction presents, even if it has expired.
    pub async fn presented_link(&mut self, digest: &KeyDigest) -> Result<Option<OneTimeLink>> {
        let row: Option<(String, String, i64)> = on!(self, conn => table::table
            .filter(table::digest.eq(self.scope.credential()))
            .select((table::user_id, table::purpose, table::expires_at))
            .first(conn).await.optional())?;
        let link = |(user, purpose, expires_at): (String, String, i64)| {
            Ok::<_, Error>(OneTimeLink {
                digest: *digest,
                user: parse(user, "one_time_links.user_id")?,
                purpose: word(LinkPurpose::from_word(&purpose), "one_time_links.purpose")?,
                expires_at: Timestamp::from_millis(expires_at),
            })
        };
        row.map(link).transpose()
    }

    /// Uses up a link of the person of the scope. Returns false if it was used before.
    pub async fn take_link(&mut self, digest: &KeyDigest) -> Result<bool> {
        let taken = on!(self, conn => diesel::delete(table::table)
            .filter(table::user_id.eq(self.scope.person()))
            .filter(table::digest.eq(digest.to_string()))
            .execute(conn).await)?;
        Ok(taken == 1)
    }

    /// Removes all links of the person of the scope.
    pub async fn delete_links(&mut self) -> Result<()> {
        on!(self, conn => diesel::delete(table::table)
            .filter(table::user_id.eq(self.scope.person()))
            .execute(conn).await)?;
        Ok(())
    }
}
