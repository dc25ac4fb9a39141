//! The links that admins made for members and that nobody has used yet.

use covibe_domain::entities::Role;
use covibe_domain::{Email, Failure, LinkId, Timestamp, UserId, boxed};
use covibe_policy::Principal;
use covibe_store::{Member, PendingLink};

use super::admins::{admin, lock_as_admin};
use crate::identity::Identity;

/// A link for a member of the tenant.
#[derive(Clone, Debug)]
pub struct MemberLink {
    /// The link.
    pub link: PendingLink,
    /// The address of the member.
    pub email: Email,
}

impl Identity {
    /// Returns the links by which members of the caller's tenant can choose another password, the newest first. Those of
    /// the operator belong to no tenant, and are not among them.
    ///
    /// # Errors
    ///
    /// Forbidden unless the caller is a person and an admin of the tenant.
    #[boxed]
    pub async fn password_links(&self, by: &Principal) -> Result<Vec<MemberLink>, Failure> {
        admin(by)?;
        let mut tx = self.store.tenant_read(&by.tenant).await?;
        let (links, members) = (tx.links_of_tenant(Timestamp::now()).await?, tx.members().await?);
        tx.commit().await?;
        Ok(links.into_iter().filter_map(|link| valid(link, &members)).collect())
    }

    /// Revokes a link that an admin of the caller's tenant made for a member.
    ///
    /// # Errors
    ///
    /// Forbidden unless the caller is a person and an admin of the tenant; not found if it was used, or is void.
    #[boxed]
    pub async fn revoke_password_link(&self, by: &Principal, id: &LinkId) -> Result<(), Failure> {
        let mut tx = self.store.tenant(&by.tenant).await?;
        lock_as_admin(&mut tx, by).await?;
        let is_revoked = tx.delete_link_of_tenant(id).await?;
        tx.commit().await?;
        if is_revoked {
            return Ok(());
        }
        Err(Failure::not_found("There is no pending link with this id.").hint(
            "It was used, is void, or has expired. people.links.list shows those that are left.",
        ))
    }
}

/// Returns a link with its member, if its maker may still make it.
fn valid(link: PendingLink, members: &[Member]) -> Option<MemberLink> {
    let member = |id: &UserId| members.iter().find(|member| member.user.id == *id);
    member(&link.made_by).filter(|maker| maker.role == Role::Admin)?;
    let email = member(&link.user)?.user.email.clone();
    Some(MemberLink { link, email })
}
