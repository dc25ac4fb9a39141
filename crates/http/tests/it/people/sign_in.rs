//! Signing in and out.

use std::collections::BTreeSet;

use covibe_domain::entities::Role;
use covibe_identity::LinkPurpose;
use covibe_store::{AuditEntry, AuditRecord, Backend};
use covibe_testkit_http::{AgentAnswer, Options, Person, World};

use super::{PASSWORD, assert_safe, location};
use crate::audit::until;

/// Another password.
const OTHER: &str = "lantern-cobalt-meadow";

/// A member of mark's tenant with a password, who is not signed in.
pub(super) async fn member(world: &World) -> Person {
    let ada = Person::member(world, &world.mark, "ada", Role::Admin).await;
    let signed_in = world
        .identity
        .session(ada.token(), false)
        .await
        .expect("it is there")
        .expect("it is there");
    let link = world
        .identity
        .create_link(&signed_in.user.id, LinkPurpose::Password)
        .await
        .expect("it is there");
    let mut person = Person::new(&world.mark.agent.origin);
    let path = format!("/auth/link/{}", link.expose());
    let page = person.get(&path).await;
    assert!(page.text.contains("ada@example.com"), "{}", page.text);
    let answer = person.submit(&path, &[("password", PASSWORD), ("again", PASSWORD)]).await;
    assert_eq!(location(&answer), "/console");
    assert_eq!(
        person.submit(&path, &[("password", PASSWORD), ("again", PASSWORD)]).await.status,
        404
    );
    assert!(
        world.identity.session(ada.token(), false).await.expect("it is there").is_none(),
        "others ended"
    );
    Person::new(&world.mark.agent.origin)
}

pub(super) async fn sign_in(
    person: &mut Person,
    email: &str,
    password: &str,
    to: &str,
) -> AgentAnswer {
    let fields = [("email", email), ("password", password), ("returnTo", to)];
    person.submit("/auth/sign-in", &fields).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_and_an_unknown_address_get_the_same_answer() {
    let world = World::embedded().await;
    let mut person = member(&world).await;
    let page = person.get("/auth/sign-in").await;
    assert_eq!(page.status, 200);
    assert_safe(&page);
    let mut told = BTreeSet::new();
    for (email, password) in [
        ("ada@example.com", "wrong-password"),
        ("bob@example.com", PASSWORD),
        ("not an address", PASSWORD),
        ("ada@example.com", ""),
    ] {
        let answer = sign_in(&mut person, email, password, "").await;
        assert_eq!(answer.status, 401, "{email}: {}", answer.text);
        assert_eq!(person.cookie, "");
        told.insert(answer.text.replace(email, "@"));
    }
    assert_eq!(told.len(), 1, "{told:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_starts_a_new_session_that_ends_with_signing_out() {
    let world = World::embedded().await;
    let mut person = member(&world).await;
    let planted = format!("covibe_session={}", "A".repeat(43));
    person.cookie.clone_from(&planted);
    let answer = sign_in(&mut person, " Ada@Example.com ", PASSWORD, "/console/live").await;
    assert_eq!(location(&answer), "/console/live");
    let set = &answer.headers["set-cookie"];
    assert!(set.contains("HttpOnly") && set.contains("SameSite=Lax") && set.contains("Path=/"));
    assert!(person.cookie.starts_with("covibe_session=") && person.cookie != planted);
    let kept = person.clone();
    assert_eq!(
        location(&person.get("/auth/sign-in?returnTo=/console/code").await),
        "/console/code"
    );
    assert_eq!(person.submit("/auth/sign-out", &[]).await.status, 403, "another site's form");
    assert!(world.identity.session(kept.token(), false).await.unwrap().is_some());
    assert_eq!(location(&person.submit_own(&world, "/auth/sign-out", &[]).await), "/auth/sign-in");
    assert_eq!(person.cookie, "");
    assert!(world.identity.session(kept.token(), false).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_redirects_to_no_other_site() {
    let world = World::embedded().await;
    let mut person = member(&world).await;
    for to in ["https://evil.example", "//evil.example", "/\\evil.example", "/auth/sign-in", "x"] {
        let answer = sign_in(&mut person, "ada@example.com", PASSWORD, to).await;
        assert_eq!(location(&answer), "/console", "{to}");
        let page = person.get(&format!("/auth/sign-in?returnTo={to}")).await;
        assert_eq!(location(&page), "/console", "{to}");
        person.cookie.clear();
    }
    let signed_out = person.get("/onboarding?a=b").await;
    assert_eq!(location(&signed_out), "/auth/sign-in?returnTo=%2Fonboarding%3Fa%3Db");
}

#[tokio::test(flavor = "multi_thread")]
async fn forms_of_other_sites_and_wrong_forms_are_refused() {
    let world = World::embedded().await;
    let agent = world.mark.agent.with_key(None);
    let form = "application/x-www-form-urlencoded";
    let send = async |headers: &[(&str, &str)], body: String| {
        agent.send("POST", "/auth/sign-in", headers, Some(body)).await.status
    };
    let body = || "email=a&password=b".to_owned();
    assert_eq!(send(&[("content-type", form)], body()).await, 401);
    assert_eq!(
        send(&[("content-type", form), ("sec-fetch-site", "cross-site")], body()).await,
        403
    );
    assert_eq!(send(&[("content-type", form), ("sec-fetch-site", "same-site")], body()).await, 403);
    assert_eq!(
        send(&[("content-type", form), ("origin", "https://evil.example")], body()).await,
        403
    );
    assert_eq!(send(&[("content-type", "application/json")], "{}".to_owned()).await, 400);
    assert_eq!(send(&[("content-type", form)], "email=a&email=b".to_owned()).await, 400);
    assert_eq!(send(&[("content-type", form)], "x=".repeat(100_000)).await, 413);
}

async fn attempts_are_limited_across_instances(backend: Backend) {
    let options = Options { backend, ..Options::default() };
    let Some(world) = World::start(options).await else { return };
    let mut person = member(&world).await;
    let other = world.instance();
    let mut elsewhere = person.at(&other.origin);
    let mut refused = None;
    for attempt in 0..12 {
        let from = if attempt % 2 == 0 { &mut person } else { &mut elsewhere };
        let answer = sign_in(from, "ada@example.com", "wrong-password", "").await;
        if answer.status == 429 {
            refused = Some((attempt, answer));
            break;
        }
        assert_eq!(answer.status, 401, "{}", answer.text);
    }
    let (attempts, answer) = refused.expect("a limit");
    assert!(attempts <= 6, "{attempts}");
    assert!(answer.headers["retry-after"].parse::<u64>().expect("it is there") > 10);
    let right = sign_in(&mut elsewhere, "ada@example.com", PASSWORD, "").await;
    assert_eq!(right.status, 429, "not even the right one: {}", right.text);
    let unknown = sign_in(&mut elsewhere, "bob@example.com", PASSWORD, "").await;
    assert_eq!(unknown.status, 401, "others may go on");
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_in_attempts_are_limited_across_instances_on_sqlite() {
    attempts_are_limited_across_instances(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn sign_in_attempts_are_limited_across_instances_on_postgres() {
    attempts_are_limited_across_instances(Backend::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_browser_has_its_own_limit_of_attempts_until_the_password_changes() {
    let world = World::embedded().await;
    let mut ada = member(&world).await;
    let mut stranger = ada.clone();
    let email = "ada@example.com";
    assert_eq!(location(&sign_in(&mut ada, email, PASSWORD, "").await), "/console");
    ada.cookie.clear();
    while sign_in(&mut stranger, email, "wrong-password", "").await.status == 401 {}
    assert_eq!(sign_in(&mut stranger, email, PASSWORD, "").await.status, 429);
    // From the same address, and whatever all others have tried there.
    for _ in 0..60 {
        sign_in(&mut stranger, "bob@example.com", "wrong-password", "").await;
    }
    let signed_in = sign_in(&mut ada, email, PASSWORD, "").await;
    assert_eq!(location(&signed_in), "/console", "nobody keeps her out");
    let fields = [("current", PASSWORD), ("password", OTHER), ("again", OTHER)];
    let changed = ada.submit_own(&world, "/console/settings/profile/password", &fields).await;
    assert_eq!(location(&changed), "/console/settings/profile", "{}", changed.text);
    ada.cookie.clear();
    let refused = sign_in(&mut ada, email, OTHER, "").await;
    assert_eq!(refused.status, 429, "as any other browser there: {}", refused.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_passwords_of_a_known_browser_are_limited() {
    let world = World::embedded().await;
    let mut ada = member(&world).await;
    let email = "ada@example.com";
    assert_eq!(location(&sign_in(&mut ada, email, PASSWORD, "").await), "/console");
    let mut other = Person::new(&ada.origin);
    ada.cookie.clear();
    let mut attempts = 0;
    while sign_in(&mut ada, email, "wrong-password", "").await.status == 401 {
        attempts += 1;
    }
    assert_eq!(attempts, 5);
    let signed_in = sign_in(&mut other, email, PASSWORD, "").await;
    assert_eq!(location(&signed_in), "/console", "others have another count");
}

/// Otherwise the time of the answer would show that somebody has the address.
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_is_refused_before_its_entry_is_written() {
    let world = World::embedded().await;
    let mut person = member(&world).await;
    let mut share = Vec::new();
    for _ in 0..4 {
        let read = world.store.tenant_read(&world.mark.record.tenant).await;
        share.push(read.expect("a place of the company"));
    }
    // The company where she works can be looked up only once a place is free.
    let answer = sign_in(&mut person, "ada@example.com", "wrong-password", "").await;
    assert_eq!(answer.status, 401, "{}", answer.text);
    drop(share);
    let is_refusal =
        |entry: &AuditRecord| entry.tool == "people.sign_in" && entry.outcome == "unauthenticated";
    until(&world, &world.mark, 1, is_refusal).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn changed_passwords_and_refused_changes_are_audited() {
    let world = World::embedded().await;
    let mut ada = member(&world).await;
    let signed_in = sign_in(&mut ada, "ada@example.com", PASSWORD, "").await;
    assert_eq!(location(&signed_in), "/console");
    for (current, status) in [("wrong-password", 403), (PASSWORD, 303)] {
        let fields = [("current", current), ("password", OTHER), ("again", OTHER)];
        let answer = ada.submit_own(&world, "/console/settings/profile/password", &fields).await;
        assert_eq!(answer.status, status, "{}", answer.text);
    }
    world.dispatcher.flush().await;
    let is_outcome = |entry: &AuditRecord| {
        entry.tool == "people.password" && entry.outcome != AuditEntry::STARTED
    };
    let mut entries = until(&world, &world.mark, 2, is_outcome).await;
    entries.retain(is_outcome);
    let outcomes: BTreeSet<_> = entries.iter().map(|entry| entry.outcome.as_str()).collect();
    assert_eq!(outcomes, BTreeSet::from(["forbidden", "ok"]));
}
