//! People of two companies: links, invitations and appointments.

mod address_proof;
mod appointments;
mod companies;
mod expired_sessions;
mod password_links;
mod random_sequences;
mod replaced_tokens;
mod taken_addresses;

use covibe_crypto::Password;
use covibe_domain::entities::{KeyAccess, KeyScope, Role};
use covibe_domain::{Actor, Failure, Kind, Secret, TenantId, UserId};
use covibe_identity::{BrowserOrigin, NewInvitationRequest, SignedIn};
use covibe_policy::Principal;
use covibe_store::Tenant;

use crate::fixture::*;

/// A tenant with an admin.
struct Company {
    tenant: TenantId,
    admin: UserId,
}

impl Company {
    /// Creates a company; the admin is called like it.
    async fn new(fixture: &Fixture, name: &str) -> Self {
        let tenant: TenantId = format!("ten_company{name}").parse().unwrap();
        let mut tx = fixture.store.tenant(&tenant).await.unwrap();
        let row = Tenant { id: tenant.clone(), name: name.to_owned(), created_at: now() };
        tx.insert_tenant(&row).await.unwrap();
        tx.commit().await.unwrap();
        let admin = admin(fixture, &tenant, name).await;
        Self { tenant, admin }
    }

    /// Returns the company's admin as a caller.
    fn principal(&self) -> Principal {
        principal(&self.tenant, &self.admin)
    }

    /// Creates a member, who gets a link that the admin made.
    async fn member(&self, fixture: &Fixture, name: &str, role: Role) -> (UserId, Secret) {
        let (by, email) = (self.principal(), email(name).parse().unwrap());
        let created = fixture.identity.create_member(&by, &email, name, role, None).await;
        let (user, link) = created.unwrap();
        (user.id, link.unwrap())
    }
}

fn email(name: &str) -> String {
    format!("{name}@example.com")
}

/// Creates an admin of a tenant.
async fn admin(fixture: &Fixture, tenant: &TenantId, name: &str) -> UserId {
    let email = email(name).parse().unwrap();
    fixture.identity.adopt_admin(tenant, &email, name).await.unwrap().id
}

/// Returns a person as a caller who was an admin of a tenant when their call began.
fn principal(tenant: &TenantId, user: &UserId) -> Principal {
    Principal {
        tenant: tenant.clone(),
        workspace: "ws_none".parse().unwrap(),
        slug: "none".parse().unwrap(),
        actor: Actor::Person(user.clone()),
        scope: KeyScope::Tenant,
        granted: KeyAccess::Full,
        session: None,
        narrowed: false,
    }
}

fn invitation_of(name: &str, role: Role) -> NewInvitationRequest {
    NewInvitationRequest {
        email: email(name).parse().unwrap(),
        role,
        workspace: None,
        provider: None,
    }
}

/// A password that somebody chooses.
fn password(text: &str) -> Password {
    Password::new(&Secret::new(text)).unwrap()
}

/// The password that people choose by a link.
const CHOSEN: &str = "harbour lantern willow";

fn chosen_password() -> Password {
    password(CHOSEN)
}

/// Signs a person in with a password, from an address; the token of their session.
async fn sign_in(
    fixture: &Fixture,
    name: &str,
    password: &str,
    address: Option<&str>,
) -> Result<Secret, Failure> {
    let address = address.map(|address| address.parse().unwrap());
    let from = BrowserOrigin { address, ..BrowserOrigin::default() };
    let signed_in = fixture.identity.sign_in(&email(name), Secret::new(password), from).await;
    signed_in.map(|signed_in| signed_in.session).map_err(|refused| refused.failure)
}

/// Returns the token of a new session of a person.
async fn session(fixture: &Fixture, user: &UserId) -> Secret {
    fixture.identity.start_session(user, BrowserOrigin::default(), None).await.unwrap()
}

/// Returns who is signed in with a session's token.
async fn find_signed_in(fixture: &Fixture, token: &Secret) -> Option<SignedIn> {
    fixture.identity.session(token.expose(), false).await.unwrap()
}

/// Has a person accept an invitation in a new session, whose token is returned.
async fn accept(fixture: &Fixture, user: &UserId, token: &Secret) -> Result<Secret, Failure> {
    let own = session(fixture, user).await;
    let of = find_signed_in(fixture, &own).await.unwrap();
    fixture.identity.accept_invitation(token.expose(), &of).await.map(|_| own)
}

/// Uses a link for a password; the token of the session that it gives.
async fn use_link(fixture: &Fixture, link: &Secret) -> Result<Secret, Failure> {
    let from = BrowserOrigin::default();
    let entered =
        fixture.identity.set_password_by_link(link.expose(), chosen_password(), from).await;
    entered.map(|entered| entered.session)
}

/// Records that a person has proved their address, which ends nothing here.
async fn prove(fixture: &Fixture, user: &UserId) {
    let mut tx = fixture.store.person(user).await.unwrap();
    tx.set_proved(covibe_domain::Timestamp::now()).await.unwrap();
    tx.commit().await.unwrap();
}

/// Fails unless a link opens nothing: neither its page nor a session.
async fn assert_void(fixture: &Fixture, link: &Secret, why: &str) {
    let opened = fixture.identity.open_link(link.expose(), BrowserOrigin::default()).await;
    assert_eq!(opened.map(|_| ()).unwrap_err().kind, Kind::NotFound, "{why}: its page");
    assert_eq!(use_link(fixture, link).await.unwrap_err().kind, Kind::NotFound, "{why}");
}

/// Returns the tenants of a person.
async fn tenants(fixture: &Fixture, user: &UserId) -> Vec<TenantId> {
    let all = fixture.identity.memberships(user).await.unwrap();
    all.into_iter().map(|one| one.tenant).collect()
}
