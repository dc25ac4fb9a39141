//! The organisation and people that a rehearsal creates at WorkOS, under names by which it
//! recognises them, and their removal.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use covibe_workos::{
    InvitationState, NewInvitation, Organization, OrganizationId, User, UserId, WorkOs,
};
use tokio::time::sleep;

use super::workos_api::Account;

/// The name of the organisation.
const ORGANIZATION: &str = "Co-Vibe rehearsal";

/// Its external id, and what is before the `@` of the person's address.
const MARK: &str = "covibe-rehearsal";

/// The name of the person.
pub(crate) const NAME: (&str, &str) = ("Co-Vibe", "Rehearsal");

/// The time that WorkOS may take to remove something that it has agreed to remove.
const GONE: Duration = Duration::from_mins(1);

const PAUSE: Duration = Duration::from_millis(500);

/// The addresses of the made-up people.
pub(crate) struct People {
    /// The address of the person who signs in.
    pub(crate) email: String,
    /// The address of the one who is invited.
    invited: String,
}

impl People {
    /// Returns them, with addresses of this domain.
    pub(crate) fn in_domain(domain: &str) -> Self {
        let (email, invited) = (format!("{MARK}@{domain}"), format!("{MARK}-invited@{domain}"));
        Self { email, invited }
    }

    /// Creates the organisation, and finds it by either of its ids.
    pub(crate) async fn found_organisation(&self, client: &WorkOs) -> Result<OrganizationId> {
        let made = client.create_organization(ORGANIZATION, MARK).await?;
        let by_mark = client.organization_by_external_id(MARK).await?;
        ensure!(by_mark.as_ref() == Some(&made), "it is not found by its external id");
        let by_id = client.organization(&made.id).await?;
        ensure!(by_id.as_ref() == Some(&made), "it is not found by its id");
        Ok(made.id)
    }

    /// Invites somebody, and revokes the invitation.
    pub(crate) async fn invite(&self, client: &WorkOs, to: &OrganizationId) -> Result<()> {
        let (email, role) = (self.invited.as_str(), "member");
        let new = NewInvitation { email, organization: to, role, days: 1, inviter: None };
        let sent = client.invite(new).await?;
        let open = client.open_invitation(to, email).await?;
        ensure!(open.is_some_and(|one| one.id == sent.id), "it is not listed");
        let revoked = client.revoke_invitation(&sent.id).await?.context("it is gone")?;
        ensure!(revoked.state == InvitationState::Revoked, "its state is {:?}", revoked.state);
        Ok(())
    }

    /// Removes all of it, also the remains of a rehearsal that was killed. Returns the kinds of
    /// things that it removed.
    pub(crate) async fn remove(&self, client: &WorkOs, account: &Account) -> Result<Vec<&str>> {
        // Each of them, even if the other one can't be.
        let organization = remove_organization(client, account, &self.invited).await;
        let person = self.remove_person(client, account).await;
        let removed = [(organization?, "an organisation"), (person?, "a person")];
        Ok(removed.into_iter().filter(|(was_there, _)| *was_there).map(|(_, what)| what).collect())
    }

    async fn remove_person(&self, client: &WorkOs, account: &Account) -> Result<bool> {
        let Some(user) = client.user_by_email(&self.email).await? else { return Ok(false) };
        let email = &self.email;
        ensure!(is_ours(&user), "{email} does not have the name of a rehearsal, and stays");
        account.remove(&format!("user_management/users/{}", user.id)).await?;
        wait_until_gone(email, async || Ok(client.user(&user.id).await?.is_none())).await
    }
}

fn is_ours(user: &User) -> bool {
    (user.first_name.as_deref(), user.last_name.as_deref()) == (Some(NAME.0), Some(NAME.1))
}

/// Removes the organisation of the rehearsal, with the invitation of this address.
async fn remove_organization(client: &WorkOs, account: &Account, invited: &str) -> Result<bool> {
    let Some(found) = client.organization_by_external_id(MARK).await? else { return Ok(false) };
    let Organization { id, name, .. } = found;
    ensure!(
        name == ORGANIZATION,
        "the organisation {MARK} does not have the name of a rehearsal, and stays"
    );
    if let Some(invitation) = client.open_invitation(&id, invited).await? {
        client.revoke_invitation(&invitation.id).await?;
    }
    account.remove(&format!("organizations/{id}")).await?;
    wait_until_gone(ORGANIZATION, async || Ok(client.organization(&id).await?.is_none())).await
}

/// Waits until something no longer exists.
async fn wait_until_gone(what: &str, is_gone: impl AsyncFn() -> Result<bool>) -> Result<bool> {
    let until = Instant::now() + GONE;
    while !is_gone().await? {
        ensure!(Instant::now() < until, "{what} is still there");
        sleep(PAUSE).await;
    }
    Ok(true)
}

/// Returns the id of the person, who was made.
pub(crate) async fn person(client: &WorkOs, email: &str) -> Result<UserId> {
    let found = client.user_by_email(email).await?.context("nobody has the address")?;
    ensure!(found.email_verified, "the address is not verified");
    ensure!(is_ours(&found), "the name is another one");
    Ok(found.id)
}
