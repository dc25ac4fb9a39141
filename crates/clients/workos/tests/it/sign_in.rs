//! Codes, refresh tokens and choices: each is valid once, and only for the person to whom it was
//! issued.

use covibe_domain::Secret;
use covibe_sandbox::faults::{Fault, Name};
use covibe_sandbox::workos::{CLIENT_ID, Collection};
use covibe_upstream::Expiry;
use covibe_workos::{Cause, Effect, Grant, SignInError, UserId, Visitor, WorkOs, WorkOsConfig};

use crate::simulated_workos::{World, client};

#[tokio::test]
async fn a_code_is_exchanged_once_for_the_user_with_organisation_and_role() {
    let world = World::new().await;
    world.company("Acme", "ann@example.test", "admin");
    world.sign_in_as("ann@example.test");
    let code = world.code().await;
    let signed_in = world.exchange(&code).await.unwrap();
    assert_eq!(signed_in.user.email, "ann@example.test");
    assert!(signed_in.user.email_verified && !signed_in.is_impersonated);
    assert_eq!(signed_in.claims.user, signed_in.user.id);
    assert_eq!(signed_in.claims.role.as_deref(), Some("admin"));
    assert!(signed_in.claims.organization.is_some());
    let sessions = world.workos.names(Collection::Sessions);
    assert_eq!(sessions, [signed_in.claims.session.as_str()]);
    assert!(matches!(world.exchange(&code).await, Err(SignInError::Spent)));
}

#[tokio::test]
async fn a_code_with_a_wrong_verifier_expired_or_invented_is_refused() {
    let world = World::new().await;
    world.sign_in_as("ann@example.test");
    let code = world.code().await;
    let stolen = Grant::Code { code: &code, verifier: &Secret::new("a".repeat(43)) };
    let outcome = world.client.authenticate(stolen, Visitor::default()).await;
    assert!(matches!(outcome, Err(SignInError::Spent)));
    assert!(matches!(world.exchange(&code).await, Err(SignInError::Spent)), "burnt");
    let late = world.code().await;
    world.workos.advance(std::time::Duration::from_mins(11));
    assert!(matches!(world.exchange(&late).await, Err(SignInError::Spent)));
    let invented = Secret::new("01INVENTED");
    assert!(matches!(world.exchange(&invented).await, Err(SignInError::Spent)));
}

#[tokio::test]
async fn a_refresh_token_is_replaced_and_the_old_one_is_refused() {
    let world = World::new().await;
    world.company("Acme", "ann@example.test", "member");
    world.sign_in_as("ann@example.test");
    let first = world.sign_in().await.unwrap();
    let second = world.refresh(&first.refresh_token).await.unwrap();
    assert_eq!(second.claims.session, first.claims.session);
    assert_eq!(second.claims.role.as_deref(), Some("member"));
    let again = world.refresh(&first.refresh_token).await;
    assert!(matches!(again, Err(SignInError::Spent)));
    world.client.revoke_session(&first.claims.session).await.unwrap();
    world.client.revoke_session(&first.claims.session).await.unwrap();
    let revoked = world.refresh(&second.refresh_token).await;
    assert!(matches!(revoked, Err(SignInError::Spent)));
}

#[tokio::test]
async fn a_member_of_two_organisations_chooses_one_and_can_switch() {
    let world = World::new().await;
    world.company("Acme", "ann@example.test", "admin");
    world.company("Bolt", "ann@example.test", "member");
    world.company("Core", "bob@example.test", "admin");
    world.sign_in_as("ann@example.test");
    let Err(SignInError::Choose(selection)) = world.sign_in().await else { panic!("a choice") };
    let names: Vec<_> = selection.organizations.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["Acme", "Bolt"]);
    let [acme, bolt] = [0, 1].map(|at: usize| selection.organizations[at].id.clone());
    let choose = Grant::Organization { pending: &selection.pending, organization: &bolt };
    let chosen = world.client.authenticate(choose.clone(), Visitor::default()).await.unwrap();
    assert_eq!(chosen.claims.organization.as_ref(), Some(&bolt));
    let again = world.client.authenticate(choose, Visitor::default()).await;
    assert!(matches!(again, Err(SignInError::Spent)));
    let switch = Grant::Refresh { token: &chosen.refresh_token, organization: Some(&acme) };
    let switched = world.client.authenticate(switch, Visitor::default()).await.unwrap();
    assert_eq!(switched.claims.organization, Some(acme));
    assert_eq!(switched.claims.role.as_deref(), Some("admin"));
    let core = world.workos.names(Collection::Organizations)[2].split(' ').next().map(str::parse);
    let core = core.unwrap().unwrap();
    let foreign = Grant::Refresh { token: &switched.refresh_token, organization: Some(&core) };
    let outcome = world.client.authenticate(foreign, Visitor::default()).await;
    assert!(matches!(outcome, Err(SignInError::Refused)), "{outcome:?}");
}

#[tokio::test]
async fn a_removed_member_gets_no_new_tokens() {
    let world = World::new().await;
    world.company("Acme", "ann@example.test", "member");
    world.sign_in_as("ann@example.test");
    let signed_in = world.sign_in().await.unwrap();
    let user: UserId = signed_in.user.id;
    let membership = world.client.memberships_of(&user).await.unwrap().remove(0);
    world.client.delete_membership(&membership.id).await.unwrap();
    let outcome = world.refresh(&signed_in.refresh_token).await;
    assert!(matches!(outcome, Err(SignInError::Spent)));
}

#[tokio::test]
async fn too_many_token_requests_are_reported_as_rate_limited() {
    let world = World::new().await;
    world.sign_in_as("ann@example.test");
    let mut signed_in = world.sign_in().await.unwrap();
    for _ in 0..9 {
        signed_in = world.refresh(&signed_in.refresh_token).await.unwrap();
    }
    let Err(SignInError::Call(error)) = world.refresh(&signed_in.refresh_token).await else {
        panic!("limited")
    };
    assert!(matches!(error.cause, Cause::Limited { ours: false, .. }), "{error}");
}

#[tokio::test]
async fn a_wrong_api_key_is_reported_as_the_operators_problem() {
    let world = World::new().await;
    let mut config = WorkOsConfig::new(CLIENT_ID, Secret::new("sk_wrong")).unwrap();
    config.base = world.workos.url.parse().unwrap();
    let stranger = WorkOs::new(config).unwrap();
    let (code, verifier) = (Secret::new("01CODE"), Secret::new("a".repeat(43)));
    let grant = Grant::Code { code: &code, verifier: &verifier };
    let outcome = stranger.authenticate(grant, Visitor::default()).await;
    let Err(SignInError::Call(error)) = outcome else { panic!("refused") };
    assert!(matches!(error.cause, Cause::Operator(_) | Cause::Unauthorized), "{error}");
    assert_eq!(stranger.redirect_uris().await.unwrap_err().cause, Cause::Unauthorized);
    let error = stranger.check_client().await.unwrap_err();
    assert!(matches!(error.cause, Cause::Operator(_) | Cause::Unauthorized), "{error}");
}

#[tokio::test]
async fn a_client_id_and_key_are_checked_without_a_sign_in() {
    let world = World::new().await;
    world.client.check_client().await.unwrap();
    assert_eq!(world.client.published_keys().await.unwrap(), 1);
    assert_eq!(world.workos.names(Collection::Sessions), Vec::<String>::new());
    let mut config = WorkOsConfig::new("client_01OTHER", world.workos.token.clone()).unwrap();
    config.base = world.workos.url.parse().unwrap();
    let other = WorkOs::new(config).unwrap();
    assert!(matches!(other.check_client().await.unwrap_err().cause, Cause::Operator(_)));
    assert!(other.published_keys().await.is_err(), "the keys of no client");
    world.workos.arm(Fault::new(Name::Status).on("POST", "/user_management/authenticate").times(9));
    assert!(world.client.check_client().await.is_err(), "nobody said anything of the client");
}

/// A code is exchanged once: whatever happens, it is not sent again after it may have arrived.
#[tokio::test]
async fn a_code_whose_answer_was_lost_is_not_sent_again() {
    for fault in [Name::DropAfter, Name::Malformed, Name::Huge, Name::CutOff, Name::StatusAfter] {
        let world = World::new().await;
        world.sign_in_as("ann@example.test");
        let code = world.code().await;
        world.workos.arm(Fault::new(fault).on("POST", "/user_management/authenticate"));
        world.workos.clear_requests();
        let outcome = world.exchange(&code).await;
        let Err(SignInError::Call(error)) = outcome else { panic!("{fault:?}: {outcome:?}") };
        assert_eq!(error.effect, Effect::Possible, "{fault:?}");
        assert_eq!(world.workos.requests().len(), 1, "{fault:?}");
        assert!(matches!(world.exchange(&code).await, Err(SignInError::Spent)), "{fault:?}");
    }
}

#[tokio::test]
async fn the_answer_of_a_proxy_does_not_count_as_a_refused_code() {
    let mut world = World::new().await;
    world.client = client(&world.workos, Expiry::default());
    world.sign_in_as("ann@example.test");
    for status in [400, 403] {
        let body = serde_json::Value::from("denied");
        let fault = Fault::new(Name::Status).on("POST", "/user_management/authenticate");
        world.workos.arm(fault.status(status).body(body));
        let outcome = world.sign_in().await;
        let is_spent = matches!(outcome, Err(SignInError::Spent));
        assert!(!is_spent && outcome.is_err(), "{status}");
    }
}
