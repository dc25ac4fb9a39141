//! Admins whom the operator appoints, at the server's command line.
//!
//! An appointment is an invitation that only the operator makes. The owner of the address need not be the person who
//! has the account with it: an admin of any tenant may have created the account. So the person who accepts by the
//! operator's link takes the account over, and none of its earlier credentials opens it from then on.

use covibe_crypto::Password;
use covibe_domain::entities::Role;
use covibe_domain::{Email, Failure, InvitationId, Secret, TenantId, Timestamp, UserId, boxed};
use covibe_store::{Invitation, Membership, Tx, User, UserCredentials};

use super::SignedIn;
use super::accounts::{Origin, email_digest, new_user, taken_address};
use super::address_proof::{PasswordSession, TakenOver, take_over};
use super::invitations::{NewInvitationRequest, put_invitation};
use super::people_errors::ended_invitation;
use super::session::{BrowserOrigin, end_other_sessions, hold, start_in};
use crate::authentication_state::Identity;
use crate::identity_provider::Provider;
use crate::suspended_tenants::refuse_suspended;

/// An appointment that was made.
#[derive(Debug)]
pub struct Appointment {
    /// The id of the invitation.
    pub invitation: InvitationId,
    /// The token of the link by which it is accepted.
    pub token: Secret,
    /// True if somebody with the address has an account.
    pub is_known: bool,
    /// The names of other tenants of theirs.
    pub elsewhere: Vec<String>,
}

impl Identity {
    /// Invites the owner of this email address to be an admin of a tenant, in the name of the operator. An earlier open
    /// invitation of the address to the tenant is void, so that it is safe to repeat. It makes nobody a member before
    /// it is accepted.
    #[boxed]
    pub async fn appoint_admin(
        &self,
        tenant: &TenantId,
        email: &Email,
    ) -> Result<Appointment, Failure> {
        let known = self.find_by_email(email).await?;
        let elsewhere = match &known {
            Some((user, _)) => self.company_names_beside(&user.id, Some(tenant)).await?,
            None => Vec::new(),
        };
        let request = NewInvitationRequest {
            email: email.clone(),
            role: Role::Admin,
            workspace: None,
            provider: None,
        };
        let mut tx = self.store.tenant(tenant).await?;
        tx.lock_tenant().await?;
        let invited = put_invitation(&mut tx, tenant, request, None).await?;
        tx.commit().await?;
        let (invitation, token) = (invited.invitation.id, invited.token);
        Ok(Appointment { invitation, token, is_known: known.is_some(), elsewhere })
    }

    /// Accepts an appointment with a new password, and starts a session. If there is an account with the address, the
    /// person who accepts becomes its owner: its former password, its sessions and links, and what it made in its
    /// tenants (API keys, open invitations, links for others) become void. Its memberships stay.
    ///
    /// # Errors
    ///
    /// Not found if it is not open, or an admin made it; conflict if somebody creates an account with the address at
    /// this moment.
    #[boxed]
    pub async fn accept_appointment(
        &self,
        token: &str,
        name: &str,
        password: Password,
        from: BrowserOrigin,
    ) -> Result<PasswordSession, Failure> {
        self.by_passwords()?;
        let invitation = self.open_invitation(token).await?;
        if invitation.invited_by.is_some() {
            return Err(ended_invitation());
        }
        let password = self.hash_chosen(password, &from).await?;
        let known = self.find_by_email(&invitation.email).await?.map(|(user, _)| user);
        let new = || new_user(&invitation.email, name, Origin::Proved);
        let user = known.clone().unwrap_or_else(new);
        let mut tx = self.store.tenant_and_person(&invitation.tenant, &user.id).await?;
        tx.lock_tenant().await?;
        let (mut taken_over, mut ended_keys) = (None, Vec::new());
        if known.is_some() {
            tx.set_password(&password).await?;
            let links = tx.delete_all_links(Timestamp::now()).await?;
            seat(&mut tx, &invitation, &user.id).await?;
            let (ended, keys) = take_over(&mut tx, &user.id).await?;
            let ended = TakenOver { links: ended.links + links, ..ended };
            (taken_over, ended_keys) = (Some(ended), keys);
        } else {
            insert(&mut tx, &user, Some(password)).await?;
            seat(&mut tx, &invitation, &user.id).await?;
        }
        let session = start_in(&mut tx, from, Some(&invitation.tenant)).await?;
        tx.commit().await?;
        self.forget_ended(&ended_keys);
        Ok(PasswordSession { session, user: user.id, taken_over, ended_keys })
    }

    /// Accepts an appointment for a person who is signed in with WorkOS, which has verified their address. Their
    /// other sessions end.
    pub(super) async fn accept_appointment_signed_in(
        &self,
        invitation: Invitation,
        of: &SignedIn,
    ) -> Result<TenantId, Failure> {
        let provider = self.provider_for_changes_of(&invitation.tenant);
        let (provider, user) = (provider.ok_or_else(needs_password)?, &of.user.id);
        provider.check_address(&of.user).await?;
        provider.seat_admin(&invitation.tenant, user).await?;
        let mut tx = self.store.tenant_and_person(&invitation.tenant, user).await?;
        tx.lock_tenant().await?;
        hold(&mut tx, user, &of.session).await?;
        seat(&mut tx, &invitation, user).await?;
        end_other_sessions(&mut tx, of).await?;
        tx.commit().await?;
        found_organisation(&provider, user).await;
        Ok(invitation.tenant)
    }

    /// Makes the owner of this email address an admin of a tenant at once, and creates their account if there is none.
    /// Only where nobody else could have created it, as in a sandbox and in tests.
    #[boxed]
    pub async fn adopt_admin(
        &self,
        tenant: &TenantId,
        email: &Email,
        name: &str,
    ) -> Result<User, Failure> {
        let known = self.find_by_email(email).await?.map(|(user, _)| user);
        let user = known.clone().unwrap_or_else(|| new_user(email, name, Origin::Proved));
        let mut tx = self.store.tenant_and_person(tenant, &user.id).await?;
        tx.lock_tenant().await?;
        if known.is_none() {
            insert(&mut tx, &user, None).await?;
        }
        make_admin(&mut tx, tenant, &user.id).await?;
        tx.commit().await?;
        Ok(user)
    }
}

async fn insert(tx: &mut Tx, user: &User, password: Option<Secret>) -> Result<(), Failure> {
    let by = UserCredentials { email: email_digest(&user.email), provider: None, password };
    tx.insert_user(user, &by).await.map_err(taken_address)
}

/// Makes a person an admin as an appointment says, and ends the appointment. The tenant is locked.
async fn seat(tx: &mut Tx, invitation: &Invitation, user: &UserId) -> Result<(), Failure> {
    refuse_suspended(tx).await?;
    if !tx.end_invitation(&invitation.id, Some(user), Timestamp::now()).await? {
        return Err(ended_invitation());
    }
    // The person who has the link for the first person, which is in the server's log, is no longer that.
    tx.close_ownership().await?;
    make_admin(tx, &invitation.tenant, user).await
}

/// Makes a person an admin of the tenant, whatever their current role, which voids the links for them.
async fn make_admin(tx: &mut Tx, tenant: &TenantId, user: &UserId) -> Result<(), Failure> {
    tx.lock_person().await?;
    tx.delete_links().await?;
    let (role, created_at) = (Role::Admin, Timestamp::now());
    if !tx.set_role(user, role, None, created_at).await? {
        let (user, tenant) = (user.clone(), tenant.clone());
        let membership = Membership { user, tenant, role, created_at, made_by: None };
        tx.insert_membership(&membership).await?;
    }
    Ok(())
}

/// Makes the tenant an organisation at WorkOS. Anything that this leaves undone is done at the next sign-in.
async fn found_organisation(provider: &Provider, user: &UserId) {
    if let Err(failure) = provider.found_for(user).await {
        tracing::warn!(error = %failure, "no organisation could be created for a company at WorkOS yet");
    }
}

fn needs_password() -> Failure {
    Failure::forbidden("This invitation is accepted with a new password.")
        .hint("Open its link, and enter one there.")
}
