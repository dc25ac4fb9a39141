//! People, found by their ids or by a credential that they present.
//!
//! Rows of a person that belong to no tenant are reached in the person's own scope,
//! [`Store::person`](crate::Store::person).

mod invitations;
mod memberships;
mod one_time_links;
mod photos;
mod sessions;

use covibe_domain::{Email, KeyDigest, Secret, TenantId, Timestamp, UserId, boxed};
use diesel::prelude::*;

use crate::error::{Error, Result};
use crate::row::{moment, parse, parse_some};
use crate::schema::users as table;
use crate::tx::{RunQueryDsl, Tx};

pub use invitations::{Invitation, NewInvitation};
pub use memberships::{Member, Membership, WorkspaceMember};
pub use one_time_links::{LinkMaker, LinkPurpose, OneTimeLink, PendingLink};
pub use sessions::{NewSession, SessionRecord};

/// A person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// Their id.
    pub id: UserId,
    /// Their email address; unique.
    pub email: Email,
    /// Their name.
    pub name: String,
    /// The name of the file with their photo.
    pub photo: Option<String>,
    /// When the record was created.
    pub created_at: Timestamp,
    /// When somebody proved last that the address is theirs.
    pub proved_at: Option<Timestamp>,
    /// The tenant whose admin made the account, or set its password by a link: it belongs to this tenant until the
    /// address is proved.
    pub made_in: Option<TenantId>,
}

/// The credentials by which a person is recognized.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UserCredentials {
    /// The digest of their email address.
    pub email: KeyDigest,
    /// Their id at the provider of identities, and its digest.
    pub provider: Option<(String, KeyDigest)>,
    /// The hash of their password.
    pub password: Option<Secret>,
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = table)]
pub(super) struct Row {
    id: String,
    email: String,
    name: String,
    photo: Option<String>,
    created_at: i64,
    proved_at: Option<i64>,
    made_in: Option<String>,
}

impl TryFrom<Row> for User {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: parse(row.id, "users.id")?,
            email: parse(row.email, "users.email")?,
            name: row.name,
            photo: row.photo,
            created_at: Timestamp::from_millis(row.created_at),
            proved_at: moment(row.proved_at),
            made_in: parse_some(row.made_in, "users.made_in")?,
        })
    }
}

impl Tx {
    /// Inserts a person without memberships.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] if the email address or the id at the provider is taken.
    #[boxed]
    pub async fn insert_user(&mut self, user: &User, by: &UserCredentials) -> Result<()> {
        // A policy lets newcomers in whatever the scope.
        self.begin_now().await?;
        let provider = by.provider.as_ref();
        let row = (
            table::id.eq(user.id.as_str()),
            table::email.eq(user.email.as_str()),
            table::name.eq(&user.name),
            table::photo.eq(&user.photo),
            table::created_at.eq(user.created_at.as_millis()),
            table::email_digest.eq(by.email.to_string()),
            table::provider_id.eq(provider.map(|(id, _)| id)),
            table::provider_digest.eq(provider.map(|(_, digest)| digest.to_string())),
            table::password.eq(by.password.as_ref().map(Secret::expose)),
            table::proved_at.eq(user.proved_at.map(Timestamp::as_millis)),
            table::made_in.eq(user.made_in.as_ref().map(TenantId::as_str)),
        );
        on!(self, conn => diesel::insert_into(table::table).values(row).execute(conn).await)?;
        Ok(())
    }

    /// Returns the person of the scope, and the hash of their password.
    #[boxed]
    pub async fn person(&mut self) -> Result<Option<(User, Option<Secret>)>> {
        let row: Option<(Row, Option<String>)> = on!(self, conn => table::table
            .filter(table::id.eq(self.scope.person()))
            .select((Row::as_select(), table::password))
            .first(conn).await.optional())?;
        row.map(user_and_hash).transpose()
    }

    /// Returns the person whose email address or id at the provider has the digest that the transaction
    /// presents, and the hash of their password.
    #[boxed]
    pub async fn user_by_credential(&mut self) -> Result<Option<(User, Option<Secret>)>> {
        let digest = self.scope.credential();
        let is_theirs = table::email_digest.eq(&digest).or(table::provider_digest.eq(&digest));
        let row: Option<(Row, Option<String>)> = on!(self, conn => table::table
            .filter(is_theirs)
            .select((Row::as_select(), table::password))
            .first(conn).await.optional())?;
        row.map(user_and_hash).transpose()
    }

    /// Locks the person of the scope until the transaction ends.
    #[boxed]
    pub async fn lock_person(&mut self) -> Result<()> {
        on!(self, conn => diesel::update(table::table)
            .filter(table::id.eq(self.scope.person()))
            .set(table::created_at.eq(table::created_at))
            .execute(conn).await)?;
        Ok(())
    }

    /// Changes the name of the person of the scope.
    #[boxed]
    pub async fn rename_person(&mut self, name: &str) -> Result<()> {
        on!(self, conn => diesel::update(table::table)
            .filter(table::id.eq(self.scope.person()))
            .set(table::name.eq(name))
            .execute(conn).await)?;
        Ok(())
    }

    /// Changes the email address and the name of the person of the scope, if they are still those of `before`.
    /// Returns false otherwise.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] if another person has the address.
    #[boxed]
    pub async fn change_person(
        &mut self,
        before: &User,
        (email, digest): (&Email, &KeyDigest),
        name: &str,
    ) -> Result<bool> {
        let changed = on!(self, conn => diesel::update(table::table)
            .filter(table::id.eq(self.scope.person()))
            .filter(table::email.eq(before.email.as_str()))
            .filter(table::name.eq(&before.name))
            .set((
                table::email.eq(email.as_str()),
                table::email_digest.eq(digest.to_string()),
                table::name.eq(name),
            ))
            .execute(conn).await)?;
        Ok(changed == 1)
    }

    /// Stores the hash of the password of the person of the scope.
    #[boxed]
    pub async fn set_password(&mut self, hash: &Secret) -> Result<()> {
        on!(self, conn => diesel::update(table::table)
            .filter(table::id.eq(self.scope.person()))
            .set(table::password.eq(hash.expose()))
            .execute(conn).await)?;
        Ok(())
    }

    /// Records that the person of the scope has proved that their address is theirs.
    #[boxed]
    pub async fn set_proved(&mut self, at: Timestamp) -> Result<()> {
        on!(self, conn => diesel::update(table::table)
            .filter(table::id.eq(self.scope.person()))
            .set(table::proved_at.eq(at.as_millis()))
            .execute(conn).await)?;
        Ok(())
    }

    /// Records that the account of the person of the scope belongs to this tenant until its address is proved again: an
    /// admin there can know its password.
    #[boxed]
    pub async fn set_unproved(&mut self, made_in: &TenantId) -> Result<()> {
        on!(self, conn => diesel::update(table::table)
            .filter(table::id.eq(self.scope.person()))
            .set((table::proved_at.eq(None::<i64>), table::made_in.eq(made_in.as_str())))
            .execute(conn).await)?;
        Ok(())
    }

    /// Stores the name of the file with the photo of the person of the scope.
    #[boxed]
    pub async fn set_photo(&mut self, photo: Option<&str>) -> Result<()> {
        on!(self, conn => diesel::update(table::table)
            .filter(table::id.eq(self.scope.person()))
            .set(table::photo.eq(photo))
            .execute(conn).await)?;
        Ok(())
    }

    /// Returns the tenant where the person of the scope worked last.
    #[boxed]
    pub async fn last_tenant(&mut self) -> Result<Option<TenantId>> {
        let id: Option<Option<String>> = on!(self, conn => table::table
            .filter(table::id.eq(self.scope.person()))
            .select(table::last_tenant)
            .first(conn).await.optional())?;
        parse_some(id.flatten(), "users.last_tenant")
    }

    /// Returns the id at the provider of identities of the person of the scope, if they have one.
    #[boxed]
    pub async fn provider(&mut self) -> Result<Option<String>> {
        let id: Option<Option<String>> = on!(self, conn => table::table
            .filter(table::id.eq(self.scope.person()))
            .select(table::provider_id)
            .first(conn).await.optional())?;
        Ok(id.flatten())
    }

    /// Records the id at the provider of identities of the person of the scope. Returns false if they have
    /// another one.
    ///
    /// # Errors
    ///
    /// [`Error::Conflict`] if another person has it.
    #[boxed]
    pub async fn set_provider(&mut self, id: &str, digest: &KeyDigest) -> Result<bool> {
        let is_free = table::provider_id.is_null().or(table::provider_id.eq(id.to_owned()));
        let set = on!(self, conn => diesel::update(table::table)
            .filter(table::id.eq(self.scope.person()))
            .filter(is_free)
            .set((table::provider_id.eq(id), table::provider_digest.eq(digest.to_string())))
            .execute(conn).await)?;
        Ok(set == 1)
    }
}

fn user_and_hash((row, password): (Row, Option<String>)) -> Result<(User, Option<Secret>)> {
    Ok((row.try_into()?, password.map(Secret::new)))
}
