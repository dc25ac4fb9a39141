//! The changes of an admin to people, at WorkOS and here.

use std::time::Duration;

use covibe_domain::entities::Role;
use covibe_domain::{Email, Kind, Timestamp, UserId};
use covibe_identity::{NewInvitationRequest, Proof, email_digest};
use covibe_policy::Principal;
use covibe_sandbox::faults::{Fault, Name};
use covibe_sandbox::workos::Collection;
use covibe_store::{Membership, User, UserCredentials};

use super::browser::Browser;
use super::companies::found_company;
use super::workos_server::{Scene, parameters};

/// An admin of mark's tenant, which is an organisation.
pub(super) async fn admin(scene: &Scene) -> Browser {
    let tenant = scene.world.mark.record.tenant.as_str();
    scene.company(Some(tenant), &[("ada@example.com", "admin")]);
    let mut ada = scene.browser();
    let seen = scene.sign_in(&mut ada, "ada@example.com").await;
    assert_eq!(seen.status, 303, "{}", seen.text);
    ada
}

pub(super) async fn principal(scene: &Scene, browser: &Browser) -> Principal {
    let token = browser.session().expect("it is there");
    let caller = scene.world.identity.authenticate_person(token, None, Proof::Reads).await;
    caller.expect("a caller").principal
}

pub(super) fn request(scene: &Scene, email: &str) -> NewInvitationRequest {
    let (email, workspace) =
        (email.parse().expect("it is there"), Some(scene.world.mark.record.id.clone()));
    NewInvitationRequest { email, role: Role::Member, workspace, provider: None }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_accepted_at_workos_and_leads_into_the_workspace() {
    let scene = Scene::new().await;
    let by = principal(&scene, &admin(&scene).await).await;
    let identity = &scene.world.identity;
    identity.invite(&by, request(&scene, "bob@example.com")).await.unwrap();
    identity.invite(&by, request(&scene, "bob@example.com")).await.unwrap();
    let invitations = scene.workos.names(Collection::Invitations);
    let expected =
        ["revoked", "pending"].map(|state| format!("bob@example.com Acme member {state}"));
    assert_eq!(invitations, expected, "the second one replaces the first");
    // Bob opens the page of the email, and comes back without a state.
    let token = scene.workos.names(Collection::InvitationTokens).remove(0);
    let mut bob = scene.browser();
    let page = format!("{}/invite", scene.workos.url).parse().unwrap();
    let fields = [("invitation_token", token.as_str()), ("answer", "approve")];
    let back = bob.submit_elsewhere(page, &fields).await.url();
    assert!(!parameters(&back).contains_key("state"));
    assert_eq!(bob.go_back(&back).await.location(), "/auth/sign-in", "it starts anew");
    assert_eq!(bob.session(), None);
    scene.sign_in(&mut bob, "bob@example.com").await;
    let caller = principal(&scene, &bob).await;
    assert_eq!(caller.workspace, scene.world.mark.record.id);
    assert!(identity.invitations(&by).await.unwrap().is_empty(), "it has ended");
}

#[tokio::test(flavor = "multi_thread")]
async fn repeated_invitations_of_an_address_are_refused_before_workos_sends_another_email() {
    let scene = Scene::new().await;
    let by = principal(&scene, &admin(&scene).await).await;
    let invite = async |email: &str| scene.world.identity.invite(&by, request(&scene, email)).await;
    let path = "/user_management/invitations";
    scene.workos.arm(Fault::new(Name::Status).status(422).on("POST", path).times(9));
    for _ in 0..9 {
        assert_eq!(invite("bob@example.com").await.unwrap_err().kind, Kind::Rejected);
    }
    for _ in 0..3 {
        invite("bob@example.com").await.expect("nothing was sent before");
    }
    scene.workos.clear_requests();
    let refused = invite("bob@example.com").await.unwrap_err();
    assert_eq!(refused.kind, Kind::Limited);
    assert!(refused.retry_after.is_some_and(|wait| wait > Duration::from_mins(10)));
    assert!(scene.workos.requests().is_empty());
    let open = scene.world.identity.invitations(&by).await.unwrap();
    assert_eq!(open.len(), 1, "the third one stays open");
    invite("carol@example.com").await.expect("another address is not limited");
}

#[tokio::test(flavor = "multi_thread")]
async fn several_companies_together_send_an_address_twelve_invitations_an_hour() {
    let scene = Scene::new().await;
    let mut sent = 0;
    for number in 0..5 {
        let mut founder = scene.browser();
        scene.sign_in(&mut founder, &format!("founder{number}@example.com")).await;
        found_company(&scene, &mut founder, &format!("looms-{number}")).await;
        let by = principal(&scene, &founder).await;
        for _ in 0..3 {
            let request = request(&scene, "bob@example.com");
            let request = NewInvitationRequest { workspace: None, ..request };
            sent += usize::from(scene.world.identity.invite(&by, request).await.is_ok());
        }
    }
    assert_eq!((sent, scene.workos.count(Collection::Invitations)), (12, 12));
}

#[tokio::test(flavor = "multi_thread")]
async fn revoking_an_invitation_revokes_it_at_workos_first() {
    let scene = Scene::new().await;
    let by = principal(&scene, &admin(&scene).await).await;
    let identity = &scene.world.identity;
    let invited = identity.invite(&by, request(&scene, "bob@example.com")).await.unwrap();
    scene.workos.arm(Fault::new(Name::Status).on("POST", "/user_management/invitations/*/revoke"));
    identity.revoke_invitation(&by, &invited.invitation.id).await.unwrap_err();
    assert_eq!(identity.invitations(&by).await.unwrap().len(), 1, "nothing was said to be done");
    identity.revoke_invitation(&by, &invited.invitation.id).await.unwrap();
    let invitations = scene.workos.names(Collection::Invitations);
    assert_eq!(invitations, ["bob@example.com Acme member revoked"]);
    let member = request(&scene, "ada@example.com");
    assert_eq!(identity.invite(&by, member).await.unwrap_err().kind, Kind::Conflict);
    assert_eq!(scene.workos.count(Collection::Invitations), 1, "nobody else learned of it");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_is_created_changed_and_removed_at_workos_too() {
    let scene = Scene::new().await;
    let by = principal(&scene, &admin(&scene).await).await;
    let identity = &scene.world.identity;
    let email = "bob@example.com".parse().unwrap();
    let made = identity.create_member(&by, &email, "Bob Babbage", Role::Member, None).await;
    let (bob, link) = made.unwrap();
    assert!(link.is_none(), "they sign in at WorkOS");
    let memberships = || scene.workos.names(Collection::Memberships);
    assert_eq!(memberships()[1], "bob@example.com Acme member active");
    identity.set_member_role(&by, &bob.id, Role::Admin).await.unwrap();
    assert_eq!(memberships()[1], "bob@example.com Acme admin active");
    scene.workos.arm(
        Fault::new(Name::Status)
            .on("DELETE", "/user_management/organization_memberships/*")
            .times(3),
    );
    identity.remove_member(&by, &bob.id).await.unwrap_err();
    assert_eq!(identity.members(&by).await.unwrap().0.len(), 2, "nothing was said to be done");
    scene.workos.disarm();
    identity.remove_member(&by, &bob.id).await.unwrap();
    assert_eq!(memberships(), ["ada@example.com Acme admin active"]);
    assert_eq!(identity.leave(&by).await.unwrap_err().kind, Kind::Conflict, "the last admin");
    assert_eq!(memberships().len(), 1, "nobody else learned of it");
}

/// It does not count as the address of somebody elsewhere, few of which may be learned.
#[tokio::test(flavor = "multi_thread")]
async fn an_existing_member_is_refused_as_one_any_number_of_times() {
    let scene = Scene::new().await;
    let by = principal(&scene, &admin(&scene).await).await;
    let create = async |email: &str| {
        let email = email.parse().unwrap();
        scene.world.identity.create_member(&by, &email, "Ada", Role::Member, None).await
    };
    for _ in 0..21 {
        let refused = create("ada@example.com").await.unwrap_err();
        assert_eq!(refused.message, "Somebody with this email address is already a member.");
    }
    create("bob@example.com").await.unwrap();
}

/// Fills mark's tenant with people until a thousand are members.
async fn fill(scene: &Scene) {
    let tenant = &scene.world.mark.record.tenant;
    let now = Timestamp::now();
    let mut tx = scene.world.store.tenant(tenant).await.expect("a transaction");
    for number in tx.members().await.expect("members").len()..1000 {
        let email: Email = format!("p{number}@example.com").parse().expect("an address");
        let by = UserCredentials { email: email_digest(&email), provider: None, password: None };
        let user = User {
            id: UserId::from_random(covibe_crypto::random()),
            email,
            name: "Somebody".to_owned(),
            photo: None,
            created_at: now,
            proved_at: None,
            made_in: Some(tenant.clone()),
        };
        tx.insert_user(&user, &by).await.expect("a person");
        let (user, tenant, role) = (user.id, tenant.clone(), Role::Member);
        let seat = Membership { user, tenant, role, created_at: now, made_by: None };
        tx.insert_membership(&seat).await.expect("a member");
    }
    tx.commit().await.expect("an end");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_company_creates_no_account_at_workos() {
    let scene = Scene::new().await;
    let by = principal(&scene, &admin(&scene).await).await;
    fill(&scene).await;
    let accounts = scene.workos.names(Collection::Users);
    let email = "bob@example.com".parse().unwrap();
    let identity = &scene.world.identity;
    let refused = identity.create_member(&by, &email, "Bob", Role::Member, None).await;
    assert_eq!(refused.unwrap_err().message, "The company has 1000 members, which is the limit.");
    assert_eq!(scene.workos.names(Collection::Users), accounts);
}
