//! Invitations: from an admin to a member.

use covibe_domain::Kind;
use covibe_domain::entities::Role;
use covibe_identity::{NewInvitationRequest, Proof};
use covibe_policy::Principal;
use covibe_testkit_http::{Member, Person, World};
use serde_json::json;

use super::companies::sign_ins;
use super::sign_in::{member, sign_in};
use super::{PASSWORD, assert_safe, location};

/// Returns the principal of a person.
async fn principal(world: &World, person: &Person) -> Principal {
    let caller = world.identity.authenticate_person(person.token(), None, Proof::Reads).await;
    caller.expect("a caller").principal
}

/// Invites somebody to a workspace; the path of the link.
async fn invite(world: &World, by: &Person, to: &Member, email: &str) -> String {
    let request = NewInvitationRequest {
        email: email.parse().expect("it is there"),
        role: Role::Member,
        workspace: Some(to.record.id.clone()),
        provider: None,
    };
    let invited =
        world.identity.invite(&principal(world, by).await, request).await.expect("it is there");
    format!("/auth/invitation/{}", invited.token.expose())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_newcomer_becomes_a_member_by_an_invitation() {
    let world = World::embedded().await;
    let ada = Person::member(&world, &world.mark, "ada", Role::Admin).await;
    let replaced = invite(&world, &ada, &world.mark, "bob@example.com").await;
    let link = invite(&world, &ada, &world.mark, "Bob@example.com").await;
    let mut bob = Person::new(&world.mark.agent.origin);
    assert_eq!(bob.get(&replaced).await.status, 404);
    let page = bob.get(&link).await;
    assert_eq!(page.status, 200);
    assert_safe(&page);
    assert!(page.text.contains("bob@example.com"), "{}", page.text);
    let fields = [("name", "Bob"), ("password", PASSWORD), ("again", PASSWORD)];
    let weak = [("name", "Bob"), ("password", "short"), ("again", "short")];
    assert_eq!(bob.submit(&link, &weak).await.status, 422);
    assert_eq!(location(&bob.submit(&link, &fields).await), "/console");
    assert_eq!(Person::new(&bob.origin).submit(&link, &fields).await.status, 404, "once");
    let agent = bob.agent(&world, "mark").await;
    assert_eq!(agent.send("GET", "/api/workspaces/mark/apps", &[], None).await.status, 200);
    let refused = agent.json("POST", "/api/workspaces", &json!({ "slug": "more" })).await;
    assert_eq!(refused.status, 403, "a member creates no workspaces: {}", refused.text);
    let by = principal(&world, &bob).await;
    assert_eq!(world.identity.invitations(&by).await.unwrap_err().kind, Kind::Forbidden);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_accepted_only_by_the_person_with_its_address() {
    let world = World::embedded().await;
    let ada = Person::member(&world, &world.mark, "ada", Role::Admin).await;
    let mut eve = Person::member(&world, &world.justine, "eve", Role::Admin).await;
    let mut carol = Person::member(&world, &world.justine, "carol", Role::Member).await;
    let link = invite(&world, &ada, &world.mark, "carol@example.com").await;
    assert_eq!(eve.get(&link).await.status, 403);
    assert_eq!(eve.submit_own(&world, &link, &[]).await.status, 403);
    let mut signed_out = Person::new(&eve.origin);
    let fields = [("name", "Carol"), ("password", PASSWORD), ("again", PASSWORD)];
    let refused = signed_out.submit(&link, &fields).await;
    assert_eq!(refused.status, 409, "an account is not taken over: {}", refused.text);
    assert_eq!(carol.get(&link).await.status, 200);
    assert_eq!(carol.submit(&link, &[]).await.status, 403, "another site's form");
    assert_eq!(location(&carol.submit_own(&world, &link, &[]).await), "/console");
    let agent = carol.agent(&world, "mark").await;
    assert_eq!(agent.send("GET", "/api/workspaces/mark/apps", &[], None).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_shown_again_after_the_sign_in() {
    let world = World::embedded().await;
    let mut ada = member(&world).await;
    let eve = Person::member(&world, &world.justine, "eve", Role::Admin).await;
    let link = invite(&world, &eve, &world.justine, "ada@example.com").await;
    let page = ada.get(&link).await;
    let leads_on = format!("href=\"/auth/sign-in?returnTo={}\"", link.replace('/', "%2F"));
    assert!(page.text.contains(&leads_on), "{}", page.text);
    let signed_in = sign_in(&mut ada, "ada@example.com", PASSWORD, &link).await;
    assert_eq!(location(&signed_in), link);
    assert_eq!(sign_ins(&world, &world.justine).await, 0);
    assert_eq!(location(&ada.submit_own(&world, &link, &[]).await), "/console");
    assert_eq!(sign_ins(&world, &world.justine).await, 1, "the session works there from now on");
}

/// The admin who made an invitation has its link, too.
#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_an_invitation_does_not_say_whether_its_address_has_an_account() {
    let world = World::embedded().await;
    let ada = Person::member(&world, &world.mark, "ada", Role::Admin).await;
    let carol = Person::member(&world, &world.justine, "carol", Role::Member).await;
    let mut pages = Vec::new();
    for email in ["carol@example.com", "nobody@example.com"] {
        let link = invite(&world, &ada, &world.mark, email).await;
        let token = link.rsplit('/').next().expect("a token");
        let page = Person::new(&carol.origin).get(&link).await;
        pages.push((page.status, page.text.replace(email, "").replace(token, "")));
    }
    assert_eq!(pages[0], pages[1]);
    assert_eq!(pages[0].0, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removed_person_loses_sessions_and_keys() {
    let world = World::embedded().await;
    let ada = Person::member(&world, &world.mark, "ada", Role::Admin).await;
    let bob = Person::member(&world, &world.mark, "bob", Role::Member).await;
    let agent = bob.agent(&world, "mark").await;
    let minted = agent.json("POST", "/api/workspaces/mark/keys", &json!({ "name": "bob's" })).await;
    assert_eq!(minted.status, 201, "{}", minted.text);
    let key = world.mark.agent.with_key(minted.json()["token"].as_str());
    let child = key.json("POST", "/api/workspaces/mark/keys", &json!({})).await;
    let child = world.mark.agent.with_key(child.json()["token"].as_str());
    assert_eq!(child.compact_raw("workspace.describe", &json!({})).await.status, 200);
    let (admin, member) = (principal(&world, &ada).await, principal(&world, &bob).await);
    let users = [&admin, &member].map(|by| match &by.actor {
        covibe_domain::Actor::Person(user) => user.clone(),
        other => panic!("{other}"),
    });
    let identity = &world.identity;
    let refused = identity.remove_member(&member, &users[0]).await.unwrap_err();
    assert_eq!(refused.kind, Kind::Forbidden);
    let refused = identity.remove_member(&admin, &users[0]).await.unwrap_err();
    assert_eq!(refused.kind, Kind::Conflict, "the last admin");
    identity.remove_member(&admin, &users[1]).await.unwrap();
    assert_eq!(identity.remove_member(&admin, &users[1]).await.unwrap_err().kind, Kind::NotFound);
    let answer = agent.send("GET", "/api/workspaces/mark/apps", &[], None).await;
    assert_eq!(answer.status, 401, "{}", answer.text);
    for key in [key, child] {
        assert_eq!(key.compact_raw("workspace.describe", &json!({})).await.status, 401);
    }
    assert_eq!(world.mark.agent.compact_raw("workspace.describe", &json!({})).await.status, 200);
}
