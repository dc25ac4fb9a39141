//! One-time links: they open a session, or the page on which a person chooses their password. Admins see those that they
//! made for members and that nobody has used yet.

use std::time::Duration;

use covibe_crypto::{MintedToken, Password, digest, mint_token};
use covibe_domain::entities::Role;
use covibe_domain::{Actor, Email, Failure, LinkId, Secret, TenantId, Timestamp, UserId, boxed};
use covibe_policy::Principal;
use covibe_store::{LinkMaker, LinkPurpose, Member, OneTimeLink, PendingLink, Tx, User};

use super::address_proof::{PasswordSession, take_over};
use super::admin_check::{admin, is_admin, lock_as_admin};
use super::companies::read_memberships;
use super::people_errors::{no_member, void_link};
use super::session::{BrowserOrigin, start_in};
use crate::attempt_limits::Attempt;
use crate::authentication_state::Identity;

/// The time for which a link by which a person chooses their password is valid.
pub const PASSWORD_LINK: Duration = Duration::from_hours(7 * 24);

/// The time for which a link that opens a session is valid.
const SIGN_IN_LINK: Duration = Duration::from_hours(24);

/// The result of opening a link.
#[derive(Debug)]
pub enum OpenedLink {
    /// A session, whose token this is. The link is used up.
    Session(Secret),
    /// The page on which its person chooses their password. The link is used up when they have.
    Page(LinkPage),
}

/// The contents of the page on which the person of a link chooses their password.
#[derive(Debug)]
pub struct LinkPage {
    /// The account.
    pub user: User,
    /// The names of the companies where it is a member, if the link proves that the address of the account belongs to
    /// its holder.
    pub proved: Option<Vec<String>>,
}

/// A link that sets a password.
#[derive(Debug)]
pub struct PasswordLink {
    /// The person whose password it sets.
    pub user: UserId,
    /// Its maker: an admin, or the operator.
    pub made_by: Actor,
    /// True if it proves that the address of the account belongs to its holder, who takes the account over.
    pub proves: bool,
    /// The tenants that it concerns: the maker's, or all of the person's if the operator made it.
    pub tenants: Vec<TenantId>,
}

impl Identity {
    /// Creates a link for a person in the name of the operator, and returns its token. All earlier links of theirs are
    /// void.
    ///
    /// The holder of the link can act as that person, in all of their tenants: it is for them alone.
    #[boxed]
    pub async fn create_link(
        &self,
        user: &UserId,
        purpose: LinkPurpose,
    ) -> Result<Secret, Failure> {
        let mut tx = self.store.person(user).await?;
        tx.delete_all_links(Timestamp::now()).await?;
        let token = put_link(&mut tx, user, purpose, LinkMaker::Operator).await?;
        tx.commit().await?;
        Ok(token)
    }

    /// Creates a link by which a member of the caller's tenant chooses another password. It is for a member of this
    /// tenant alone: an admin could otherwise act as them elsewhere. It is void once the member joins another tenant,
    /// or the caller is no longer an admin.
    ///
    /// # Errors
    ///
    /// Forbidden unless the caller is a person and an admin of the tenant, and for somebody who is a member of another
    /// tenant too; not found if they are not a member.
    #[boxed]
    pub async fn create_password_link(
        &self,
        by: &Principal,
        user: &UserId,
    ) -> Result<Secret, Failure> {
        let maker = maker(by)?;
        self.by_passwords()?;
        let mut tx = self.store.tenant_and_person(&by.tenant, user).await?;
        lock_as_admin(&mut tx, by).await?;
        tx.membership(user).await?.ok_or_else(no_member)?;
        tx.lock_person().await?;
        if tx.own_memberships().await?.len() > 1 {
            return Err(Failure::forbidden("This person is a member of another company too.")
                .hint("They change their password in their profile."));
        }
        let token = put_link(&mut tx, user, LinkPurpose::Password, maker).await?;
        tx.commit().await?;
        Ok(token)
    }

    /// Opens a link.
    ///
    /// # Errors
    ///
    /// Not found if it was never made, has expired, was used or is void.
    #[boxed]
    pub async fn open_link(&self, token: &str, from: BrowserOrigin) -> Result<OpenedLink, Failure> {
        let link = self.link(token).await?;
        if link.purpose != LinkPurpose::SignIn {
            return self.page_of(&link).await.map(OpenedLink::Page);
        }
        let mut tx = self.begin_with_link(&link).await?;
        if !tx.take_link(&link.digest).await? {
            return Err(void_link());
        }
        tx.delete_links().await?;
        let session = start_in(&mut tx, from, None).await?;
        tx.commit().await?;
        Ok(OpenedLink::Session(session))
    }

    /// Returns the page of a link by which a password is chosen, and uses nothing up.
    ///
    /// # Errors
    ///
    /// Not found if the link was never made, has expired, was used or is void, or opens a session.
    #[boxed]
    pub async fn link_page(&self, token: &str) -> Result<LinkPage, Failure> {
        let link = self.link(token).await?;
        if link.purpose == LinkPurpose::SignIn {
            return Err(void_link());
        }
        self.page_of(&link).await
    }

    async fn page_of(&self, link: &OneTimeLink) -> Result<LinkPage, Failure> {
        let mut tx = self.begin_with_link(link).await?;
        let (user, _) = tx.person().await?.ok_or_else(void_link)?;
        tx.commit().await?;
        let proved = match link.purpose {
            LinkPurpose::Proof => Some(self.company_names(&user.id).await?),
            LinkPurpose::SignIn | LinkPurpose::Password => None,
        };
        Ok(LinkPage { user, proved })
    }

    /// Stores the password that a person has chosen by a link, ends the sessions that they had, and starts a new one. The
    /// link is used up. By a link of an admin, the address of the account is no longer proved: the admin has seen the
    /// link. By a link that proves it, the account is taken over.
    ///
    /// # Errors
    ///
    /// Not found if the link was never made, has expired, was used or is void.
    #[boxed]
    pub async fn set_password_by_link(
        &self,
        token: &str,
        password: Password,
        from: BrowserOrigin,
    ) -> Result<PasswordSession, Failure> {
        self.by_passwords()?;
        let link = self.link(token).await?;
        if link.purpose == LinkPurpose::SignIn {
            return Err(void_link());
        }
        self.begin_with_link(&link).await?.commit().await?;
        let hash = self.hash_chosen(password, &from).await?;
        let mut tx = self.begin_with_link(&link).await?;
        if !tx.take_link(&link.digest).await? {
            return Err(void_link());
        }
        tx.set_password(&hash).await?;
        let (mut taken_over, mut ended_keys) = (None, Vec::new());
        if link.purpose == LinkPurpose::Proof {
            let (ended, keys) = take_over(&mut tx, &link.user).await?;
            (taken_over, ended_keys) = (Some(ended), keys);
        } else {
            tx.delete_links().await?;
            tx.delete_sessions(None).await?;
        }
        if let LinkMaker::Admin { tenant, .. } = &link.maker {
            tx.set_unproved(tenant).await?;
        }
        let session = start_in(&mut tx, from, None).await?;
        tx.commit().await?;
        self.forget_ended(&ended_keys);
        Ok(PasswordSession { session, user: link.user, taken_over, ended_keys })
    }

    /// Returns whose password a link sets, and who made the link. Uses nothing up.
    ///
    /// # Errors
    ///
    /// Not found if the link was never made, has expired, was used or is void, or opens a session.
    #[boxed]
    pub async fn password_link(&self, token: &str) -> Result<PasswordLink, Failure> {
        self.by_passwords()?;
        let OneTimeLink { user, purpose, maker, .. } = self.link(token).await?;
        let tenants = match (purpose, &maker) {
            (LinkPurpose::SignIn, _) => return Err(void_link()),
            (_, LinkMaker::Admin { tenant, .. }) => vec![tenant.clone()],
            (_, LinkMaker::Operator) => {
                let own = read_memberships(&self.store, &user).await?;
                own.into_iter().map(|one| one.tenant).collect()
            }
        };
        let made_by = match maker {
            LinkMaker::Admin { user, .. } => Actor::Person(user),
            LinkMaker::Operator => Actor::Operator,
        };
        Ok(PasswordLink { user, made_by, proves: purpose == LinkPurpose::Proof, tenants })
    }

    /// Counts that somebody sets a password by a link, or accepts an invitation, before the audit has an entry of it:
    /// whoever has a link could otherwise fill the audit with refusals.
    ///
    /// # Errors
    ///
    /// Limited after too many attempts.
    #[boxed]
    pub async fn count_link_use(&self, token: &str) -> Result<(), Failure> {
        self.attempts.make(Attempt::Link(token)).await
    }

    async fn link(&self, token: &str) -> Result<OneTimeLink, Failure> {
        let digest = digest(token);
        let mut tx = self.store.credential(&digest).await?;
        let link = tx.presented_link(&digest).await?;
        tx.commit().await?;
        link.filter(|link| link.expires_at > Timestamp::now()).ok_or_else(void_link)
    }

    /// Starts a transaction of the person of a link. If an admin made it, they are an admin of its tenant, and the
    /// person is a member of that tenant alone, until the transaction ends.
    ///
    /// # Errors
    ///
    /// Not found if the admin or the person no longer meets these conditions.
    async fn begin_with_link(&self, link: &OneTimeLink) -> Result<Tx, Failure> {
        let LinkMaker::Admin { user: maker, tenant } = &link.maker else {
            return Ok(self.store.person(&link.user).await?);
        };
        let mut tx = self.store.tenant_and_person(tenant, &link.user).await?;
        tx.lock_tenant().await?;
        tx.lock_person().await?;
        let own = tx.own_memberships().await?;
        let is_member_here_alone = own.iter().map(|one| &one.tenant).eq([tenant]);
        if is_member_here_alone && is_admin(&mut tx, maker).await? {
            Ok(tx)
        } else {
            Err(void_link())
        }
    }
}

/// Returns the admin who calls, as one who makes links for members of their tenant.
pub(super) fn maker(by: &Principal) -> Result<LinkMaker, Failure> {
    let (user, tenant) = (admin(by)?.clone(), by.tenant.clone());
    Ok(LinkMaker::Admin { user, tenant })
}

/// Inserts a link in the scope of its person, and returns its token. It replaces the person's other links, except for
/// those of the operator that prove an address.
pub(super) async fn put_link(
    tx: &mut Tx,
    user: &UserId,
    purpose: LinkPurpose,
    maker: LinkMaker,
) -> Result<Secret, Failure> {
    let MintedToken { token, digest } = mint_token();
    let now = Timestamp::now();
    let lasts = match purpose {
        LinkPurpose::SignIn => SIGN_IN_LINK,
        LinkPurpose::Password | LinkPurpose::Proof => PASSWORD_LINK,
    };
    let (user, expires_at) = (user.clone(), now.after(lasts));
    let id = LinkId::from_random(covibe_crypto::random());
    tx.delete_links().await?;
    tx.insert_link(&OneTimeLink { id, digest, user, purpose, maker, expires_at }, now).await?;
    Ok(token)
}

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
        Ok(links.into_iter().filter_map(|link| member_link(link, &members)).collect())
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
            "It was used, is void, or has expired. people.links.list shows the links that are \
             left.",
        ))
    }
}

/// Returns a link with its member, if its maker may still make it.
fn member_link(link: PendingLink, members: &[Member]) -> Option<MemberLink> {
    let member = |id: &UserId| members.iter().find(|member| member.user.id == *id);
    member(&link.made_by).filter(|maker| maker.role == Role::Admin)?;
    let email = member(&link.user)?.user.email.clone();
    Some(MemberLink { link, email })
}
