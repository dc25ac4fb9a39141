//! People of several companies: they choose one at sign-in, switch, and reach the workspaces of each.

use covibe_domain::entities::Role;
use covibe_identity::{LinkPurpose, Membership};
use covibe_store::WorkspaceMember;
use covibe_testkit_http::{Member, Person, World};
use serde_json::{Value, json};

use super::{assert_safe, location};

/// A person who is an admin of both companies, in a session in the second one.
async fn ada(world: &World) -> Person {
    Person::member(world, &world.mark, "ada", Role::Admin).await;
    Person::member(world, &world.justine, "ada", Role::Admin).await
}

/// Returns the same person after a new sign-in, who has chosen no company.
async fn signed_in_anew(world: &World, person: &Person) -> Person {
    let of = world.identity.session(person.token(), false).await.expect("an answer");
    let user = of.expect("a session").user.id;
    let link = world.identity.create_link(&user, LinkPurpose::SignIn).await.expect("a link");
    let mut anew = Person::new(&person.origin);
    let opened = anew.get(&format!("/auth/link/{}", link.expose())).await;
    assert_eq!(location(&opened), "/console");
    anew
}

/// Returns the companies of a person.
async fn companies(world: &World, person: &Person) -> Vec<Membership> {
    let of = world.identity.session(person.token(), false).await.expect("an answer");
    let user = of.expect("a session").user.id;
    world.identity.memberships(&user).await.expect("a list")
}

/// Returns how many sign-ins the audit of a member's company has.
pub(super) async fn sign_ins(world: &World, member: &Member) -> usize {
    world.dispatcher.flush().await;
    let entries = crate::audit::entries(world, member).await;
    entries.iter().filter(|entry| entry.tool == "people.sign_in").count()
}

/// Returns the slugs of the workspaces that somebody lists, each with its company.
async fn listed_workspaces(person: &Person) -> Vec<(String, Value)> {
    let answer = person.agent_without_proof("none").send("GET", "/api/workspaces", &[], None).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let answer = answer.json();
    let workspaces = answer["workspaces"].as_array().expect("a list");
    let shown = |one: &Value| {
        let slug = one["slug"].as_str().expect("a slug").to_owned();
        (slug, one["company"].clone())
    };
    workspaces.iter().map(shown).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_of_two_companies_chooses_one_and_switches() {
    let world = World::embedded().await;
    let mut ada = signed_in_anew(&world, &ada(&world).await).await;
    let led = ada.get("/console/live?a=b").await;
    assert_eq!(location(&led), "/auth/company?returnTo=%2Fconsole%2Flive%3Fa%3Db");
    let agent = ada.agent(&world, "mark").await;
    for path in ["/api/workspaces", "/api/workspaces/mark/apps"] {
        let early = agent.send("GET", path, &[], None).await;
        assert_eq!(early.status, 403, "nothing is open before: {}", early.text);
        assert!(early.text.contains("/auth/company"), "{}", early.text);
    }
    let page = ada.get("/auth/company?returnTo=/console/live").await;
    assert_eq!(page.status, 200);
    assert_safe(&page);
    assert!(!page.text.contains("last used"), "{}", page.text);
    assert_eq!(
        (sign_ins(&world, &world.mark).await, sign_ins(&world, &world.justine).await),
        (0, 0)
    );
    let justine = world.justine.record.tenant.as_str();
    let fields = [("company", justine), ("returnTo", "/console/live")];
    let chosen = ada.submit_own(&world, "/auth/company", &fields).await;
    assert_eq!(location(&chosen), "/console/live");
    assert_eq!(
        (sign_ins(&world, &world.mark).await, sign_ins(&world, &world.justine).await),
        (0, 1)
    );
    let overview = ada.get("/console").await.text;
    for slug in ["mark", "justine"] {
        assert!(overview.contains(&format!("value=\"{slug}\"")), "{slug}: {overview}");
    }
    let switched = ada.submit_own(&world, "/console/workspace", &[("slug", "mark")]).await;
    assert_eq!(location(&switched), "/console");
    assert!(ada.get("/console").await.text.contains("aria-label=\"Workspace: mark\""));
    // The next sign-in offers that company first.
    let mut again = signed_in_anew(&world, &ada).await;
    let page = again.get("/auth/company").await.text;
    let place = |member: &Member| page.find(member.record.tenant.as_str()).expect("a company");
    assert!(place(&world.mark) < place(&world.justine), "{page}");
    assert_eq!(page.matches("last used").count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_form_of_a_company_changes_nothing_once_another_tab_is_in_another_one() {
    let world = World::embedded().await;
    let mut ada = ada(&world).await;
    let page = ada.get("/console/settings/people").await.text;
    let (_, rest) = page.split_once("name=\"csrf\" value=\"").expect("a form");
    let csrf = rest.split('"').next().expect("a value");
    let switched = ada.submit_own(&world, "/console/workspace", &[("slug", "mark")]).await;
    assert_eq!(location(&switched), "/console");
    let invite: (_, &[_]) = (
        "/console/settings/people/invite",
        &[("csrf", csrf), ("email", "eve@example.org"), ("role", "admin")],
    );
    let mint: &[_] =
        &[("csrf", csrf), ("name", "x"), ("agent", "codex"), ("access", "full"), ("days", "90")];
    let leave: &[_] = &[("csrf", csrf)];
    let forms =
        [invite, ("/console/settings/keys/mint", mint), ("/console/settings/profile/leave", leave)];
    for (path, fields) in forms {
        let refused = ada.submit(path, fields).await;
        assert_eq!(refused.status, 409, "{path}: {}", refused.text);
        assert!(refused.text.contains("so nothing was changed"), "{path}: {}", refused.text);
    }
    assert_eq!(companies(&world, &ada).await.len(), 2);
    let people = ada.get("/console/settings/people").await.text;
    assert!(!people.contains("eve@example.org"), "{people}");
    // A page of the other one leads back, where its form works.
    let back = ada.submit("/console/workspace", &[("csrf", csrf), ("slug", "justine")]).await;
    assert_eq!(location(&back), "/console");
    let invited = ada.submit(invite.0, invite.1).await;
    assert!(invited.status < 400 && invited.text.contains("eve@example.org"), "{}", invited.text);
}

/// An entry of the audit is of a workspace.
#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_is_audited_in_the_first_chosen_company_with_a_workspace() {
    let world = World::embedded().await;
    let bob = Person::member(&world, &world.mark, "bob", Role::Member).await;
    let of = world.identity.session(bob.token(), false).await.unwrap().unwrap();
    let mut tx = world.store.tenant(&world.mark.record.tenant).await.unwrap();
    assert!(tx.delete_workspace_member(&world.mark.record.id, &of.user.id).await.unwrap());
    tx.commit().await.unwrap();
    let bob = Person::member(&world, &world.justine, "bob", Role::Admin).await;
    let mut bob = signed_in_anew(&world, &bob).await;
    for (chosen, told, status) in [(&world.mark, 0, 403), (&world.justine, 1, 200)] {
        let fields = [("company", chosen.record.tenant.as_str())];
        let answer = bob.submit_own(&world, "/auth/company", &fields).await;
        assert_eq!(location(&answer), "/console");
        assert_eq!(sign_ins(&world, &world.mark).await, 0);
        assert_eq!(sign_ins(&world, &world.justine).await, told);
        let agent = bob.agent_without_proof("justine");
        let listed = agent.send("GET", "/api/workspaces/justine/keys", &[], None).await;
        assert_eq!(listed.status, status, "{}", listed.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_cannot_choose_a_company_of_others() {
    let world = World::embedded().await;
    let mut ada = signed_in_anew(&world, &ada(&world).await).await;
    let mut bob = Person::member(&world, &world.mark, "bob", Role::Admin).await;
    let fields = [("company", world.justine.record.tenant.as_str())];
    let refused = bob.submit_own(&world, "/auth/company", &fields).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    let unknown = bob.submit_own(&world, "/auth/company", &[("company", "ten_nobody")]).await;
    assert_eq!(unknown.status, 403, "as one that there is not: {}", unknown.text);
    assert_eq!(ada.submit("/auth/company", &fields).await.status, 403, "another site's form");
    assert_eq!(location(&bob.get("/auth/company").await), "/console", "nothing to choose");
    let switched = bob.submit_own(&world, "/console/workspace", &[("slug", "justine")]).await;
    assert_eq!(switched.status, 403, "{}", switched.text);
    assert_eq!(listed_workspaces(&bob).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_of_two_companies_reaches_both_by_rest_and_lists_both() {
    let world = World::embedded().await;
    let ada = ada(&world).await;
    let agent = ada.agent(&world, "mark").await;
    for slug in ["mark", "justine"] {
        let path = format!("/api/workspaces/{slug}/keys");
        let minted = agent.json("POST", &path, &json!({ "name": "hers" })).await;
        assert_eq!(minted.status, 201, "{slug}: {}", minted.text);
    }
    assert_eq!(agent.send("GET", "/api/workspaces/nobody", &[], None).await.status, 403);
    let named = companies(&world, &ada).await;
    let company = |member: &Member| {
        let tenant = &member.record.tenant;
        json!(named.iter().find(|one| one.tenant == *tenant).expect("a company").name)
    };
    let expected = [
        ("justine".to_owned(), company(&world.justine)),
        ("mark".to_owned(), company(&world.mark)),
    ];
    assert_eq!(listed_workspaces(&ada).await, expected);
    world.dispatcher.flush().await;
    for member in [&world.mark, &world.justine] {
        let entries = crate::audit::entries(&world, member).await;
        assert!(entries.iter().any(|entry| entry.tool == "keys.mint"), "in its own audit");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_member_of_two_workspaces_lists_both() {
    let world = World::embedded().await;
    let ada = Person::member(&world, &world.mark, "ada", Role::Admin).await;
    let bob = Person::member(&world, &world.mark, "bob", Role::Member).await;
    let agent = ada.agent(&world, "mark").await;
    for slug in ["more", "other"] {
        let made = agent.json("POST", "/api/workspaces", &json!({ "slug": slug })).await;
        assert_eq!(made.status, 201, "{}", made.text);
    }
    let of = world.identity.session(bob.token(), false).await.unwrap().unwrap();
    let mut tx = world.store.tenant(&world.mark.record.tenant).await.unwrap();
    let all = tx.workspaces().await.unwrap();
    let more = all.iter().find(|record| record.slug.as_str() == "more").unwrap();
    let member =
        WorkspaceMember { workspace: more.id.clone(), user: of.user.id, role: Role::Member };
    tx.put_workspace_member(&member, covibe_domain::Timestamp::now()).await.unwrap();
    tx.commit().await.unwrap();
    let slugs = |listed: Vec<(String, Value)>| -> Vec<String> {
        listed.into_iter().map(|(slug, _)| slug).collect()
    };
    assert_eq!(slugs(listed_workspaces(&bob).await), ["mark", "more"]);
    assert_eq!(slugs(listed_workspaces(&ada).await), ["mark", "more", "other"]);
}
