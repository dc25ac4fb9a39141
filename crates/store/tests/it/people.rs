//! People: found by what they present, and their rows in the scope of their own.

use covibe_domain::entities::Role;
use covibe_domain::{KeyDigest, Secret, SessionId, UserId};
use covibe_store::{
    Error, Invitation, LinkMaker, LinkPurpose, Membership, NewInvitation, NewSession, OneTimeLink,
    Tenant, User, UserCredentials, WorkspaceMember,
};

use crate::fixture::*;

on_both!(
    a_person_is_found_by_the_digest_of_address_or_provider_id,
    an_address_belongs_to_one_person,
    a_changed_address_is_found_only_by_its_new_digest,
    a_session_has_one_current_token_and_keeps_the_previous_one,
    sessions_are_deleted_by_tenant_and_by_age,
    an_invitation_ends_once,
    deleting_a_membership_removes_its_workspace_memberships,
    deleting_a_workspace_deletes_its_memberships_and_invitations,
    photos_of_all_people_are_found_by_their_names,
    only_tenants_with_organisations_are_listed,
);

pub(crate) fn user_id(name: &str) -> UserId {
    format!("usr_{name}").parse().unwrap()
}

pub(crate) fn user(name: &str) -> User {
    User {
        id: user_id(name),
        email: format!("{name}@example.com").parse().unwrap(),
        name: name.to_owned(),
        photo: None,
        created_at: at(1),
        proved_at: None,
        made_in: Some(tenant(name)),
    }
}

/// A digest of a credential of a person, which differs by their name.
pub(crate) fn digest_of_person(name: &str, what: u8) -> KeyDigest {
    let byte = name.bytes().fold(what, |sum, byte| sum.wrapping_mul(31).wrapping_add(byte));
    KeyDigest::new([what, byte].repeat(16).try_into().unwrap())
}

pub(crate) fn credentials(name: &str) -> UserCredentials {
    UserCredentials {
        email: digest_of_person(name, 100),
        provider: Some((format!("user_{name}"), digest_of_person(name, 101))),
        password: Some(Secret::new("$argon2id$…")),
    }
}

fn session(name: &str) -> NewSession {
    NewSession {
        id: session_id(name),
        digest: digest_of_person(name, 102),
        at: at(10),
        address: Some("192.0.2.7".to_owned()),
        agent: None,
        tenant: Some(tenant(name)),
    }
}

fn session_id(name: &str) -> SessionId {
    format!("ses_{name}").parse().unwrap()
}

pub(crate) fn link(name: &str) -> OneTimeLink {
    OneTimeLink {
        id: format!("lnk_{name}").parse().unwrap(),
        digest: digest_of_person(name, 103),
        user: user_id(name),
        purpose: LinkPurpose::Password,
        maker: LinkMaker::Admin { user: user_id(name), tenant: tenant(name) },
        expires_at: at(100),
    }
}

fn invitation(name: &str) -> Invitation {
    Invitation {
        id: format!("inv_{name}").parse().unwrap(),
        tenant: tenant(name),
        workspace: Some(workspace(name)),
        email: "new@example.com".parse().unwrap(),
        role: Role::Member,
        provider: None,
        invited_by: Some(user_id(name)),
        created_at: at(10),
        expires_at: at(100),
        ended_at: None,
    }
}

/// A member of a tenant with a session, a link and an invitation.
pub(crate) async fn people(fixture: &Fixture, name: &str) {
    let mut tx = fixture.store.tenant(&tenant(name)).await.unwrap();
    tx.insert_user(&user(name), &credentials(name)).await.unwrap();
    let (user, tenant) = (user_id(name), tenant(name));
    let membership =
        Membership { user, tenant, role: Role::Admin, created_at: at(1), made_by: None };
    tx.insert_membership(&membership).await.unwrap();
    let member =
        WorkspaceMember { workspace: workspace(name), user: user_id(name), role: Role::Member };
    tx.put_workspace_member(&member, at(1)).await.unwrap();
    let new = NewInvitation { invitation: invitation(name), digest: digest_of_person(name, 104) };
    tx.insert_invitation(&new).await.unwrap();
    tx.commit().await.unwrap();
    let mut tx = fixture.store.person(&user_id(name)).await.unwrap();
    tx.insert_session(&session(name)).await.unwrap();
    tx.insert_link(&link(name), at(10)).await.unwrap();
    tx.commit().await.unwrap();
}

pub(crate) async fn two_people(fixture: &Fixture) {
    crate::tenant_isolation::two_tenants(fixture).await;
    people(fixture, "acme").await;
    people(fixture, "beta").await;
}

async fn a_person_is_found_by_the_digest_of_address_or_provider_id(fixture: Fixture) {
    two_people(&fixture).await;
    for what in [100, 101] {
        let mut tx = fixture.store.credential(&digest_of_person("acme", what)).await.unwrap();
        let (found, password) = tx.user_by_credential().await.unwrap().unwrap();
        assert_eq!((found, password.is_some()), (user("acme"), true));
        assert_eq!(tx.presented_session().await.unwrap(), None);
        tx.commit().await.unwrap();
    }
    let mut tx = fixture.store.credential(&digest_of_person("gamma", 100)).await.unwrap();
    assert_eq!(tx.user_by_credential().await.unwrap(), None);
    tx.commit().await.unwrap();
    let mut tx = fixture.store.person(&user_id("acme")).await.unwrap();
    tx.rename_person("Ada").await.unwrap();
    tx.set_password(&Secret::new("another")).await.unwrap();
    tx.set_photo(Some("photo")).await.unwrap();
    let expected = User { name: "Ada".into(), photo: Some("photo".into()), ..user("acme") };
    assert_eq!(tx.person().await.unwrap().unwrap(), (expected, Some(Secret::new("another"))));
    assert_eq!(tx.own_memberships().await.unwrap().len(), 1);
    assert_eq!(tx.provider().await.unwrap().as_deref(), Some("user_acme"));
    tx.commit().await.unwrap();
    let mut tx = fixture.store.person_read(&user_id("beta")).await.unwrap();
    assert_eq!(tx.person().await.unwrap().unwrap().0, user("beta"));
}

async fn an_address_belongs_to_one_person(fixture: Fixture) {
    two_people(&fixture).await;
    let mut tx = fixture.store.tenant(&tenant("beta")).await.unwrap();
    let twin = User { id: user_id("twin"), ..user("acme") };
    let refused = tx.insert_user(&twin, &credentials("acme")).await;
    assert!(matches!(refused, Err(Error::Conflict)), "{refused:?}");
}

async fn a_changed_address_is_found_only_by_its_new_digest(fixture: Fixture) {
    two_people(&fixture).await;
    let (before, email) = (user("acme"), "ada@example.com".parse().unwrap());
    let stale = User { name: "Other".into(), ..user("acme") };
    for (known, expected) in [(&stale, false), (&before, true), (&before, false)] {
        let mut tx = fixture.store.person(&user_id("acme")).await.unwrap();
        let new = (&email, &digest_of_person("gamma", 100));
        assert_eq!(tx.change_person(known, new, "Ada").await.unwrap(), expected);
        tx.commit().await.unwrap();
    }
    let expected = User { email: email.clone(), name: "Ada".into(), ..before };
    for (digest, found) in [
        (digest_of_person("gamma", 100), Some(expected.clone())),
        (digest_of_person("acme", 100), None),
    ] {
        let mut tx = fixture.store.credential(&digest).await.unwrap();
        assert_eq!(tx.user_by_credential().await.unwrap().map(|(user, _)| user), found);
        tx.commit().await.unwrap();
    }
    let mut tx = fixture.store.person(&user_id("acme")).await.unwrap();
    let taken = (&user("beta").email, &digest_of_person("beta", 100));
    let refused = tx.change_person(&expected, taken, "Beta").await;
    assert!(matches!(refused, Err(Error::Conflict)), "{refused:?}");
    drop(tx);
    let mut tx = fixture.store.person_read(&user_id("acme")).await.unwrap();
    assert_eq!(tx.person().await.unwrap().unwrap().0, expected, "nothing is taken over");
}

async fn a_session_has_one_current_token_and_keeps_the_previous_one(fixture: Fixture) {
    two_people(&fixture).await;
    let (first, second) = (digest_of_person("acme", 102), digest_of_person("acme", 110));
    let mut tx = fixture.store.person(&user_id("beta")).await.unwrap();
    assert!(!tx.rotate_session(&first, &second, at(20)).await.unwrap(), "somebody else's");
    tx.commit().await.unwrap();
    let mut tx = fixture.store.person(&user_id("acme")).await.unwrap();
    assert!(tx.rotate_session(&first, &second, at(20)).await.unwrap());
    assert!(!tx.rotate_session(&first, &digest_of_person("acme", 111), at(20)).await.unwrap());
    assert_eq!(tx.last_tenant().await.unwrap(), None);
    let (company, place) = (tenant("acme"), workspace("acme"));
    tx.place_session(&session_id("acme"), Some(&company), Some(&place)).await.unwrap();
    assert_eq!(tx.last_tenant().await.unwrap(), Some(tenant("acme")));
    tx.place_session(&session_id("acme"), None, Some(&place)).await.unwrap();
    assert_eq!(tx.last_tenant().await.unwrap(), Some(tenant("acme")), "it is kept");
    tx.touch_session(&session_id("acme"), at(30)).await.unwrap();
    tx.commit().await.unwrap();
    for (digest, is_previous) in [(first, true), (second, false)] {
        let mut tx = fixture.store.credential(&digest).await.unwrap();
        let found = tx.presented_session().await.unwrap().unwrap();
        assert_eq!((found.user, found.is_previous), (user_id("acme"), is_previous));
        assert_eq!((found.rotated_at, found.seen_at), (at(20), at(30)));
        assert_eq!((found.tenant, found.workspace), (None, Some(workspace("acme"))));
        tx.commit().await.unwrap();
    }
}

async fn sessions_are_deleted_by_tenant_and_by_age(fixture: Fixture) {
    two_people(&fixture).await;
    let mut tx = fixture.store.person(&user_id("acme")).await.unwrap();
    assert_eq!(tx.delete_sessions(Some(&tenant("beta"))).await.unwrap(), 0);
    assert_eq!(tx.delete_old_sessions(at(10), at(10)).await.unwrap(), 0);
    assert!(!tx.delete_session(&session_id("beta")).await.unwrap());
    assert_eq!(tx.delete_old_sessions(at(11), at(0)).await.unwrap(), 1);
    tx.insert_session(&session("acme")).await.unwrap();
    assert_eq!(tx.delete_sessions(Some(&tenant("acme"))).await.unwrap(), 1);
    assert_eq!(tx.sessions().await.unwrap(), []);
    tx.commit().await.unwrap();
    let mut tx = fixture.store.person_read(&user_id("beta")).await.unwrap();
    assert_eq!(tx.sessions().await.unwrap().len(), 1);
}

async fn an_invitation_ends_once(fixture: Fixture) {
    two_people(&fixture).await;
    let mut tx = fixture.store.credential(&digest_of_person("acme", 104)).await.unwrap();
    assert_eq!(tx.presented_invitation().await.unwrap(), Some(invitation("acme")));
    tx.commit().await.unwrap();
    let id = invitation("acme").id;
    let mut tx = fixture.store.tenant(&tenant("beta")).await.unwrap();
    assert!(!tx.end_invitation(&id, None, at(20)).await.unwrap(), "another tenant's");
    tx.commit().await.unwrap();
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    assert_eq!(tx.invitations(at(20)).await.unwrap(), [invitation("acme")]);
    assert_eq!(tx.invitations(at(100)).await.unwrap(), []);
    assert!(!tx.end_invitation(&id, None, at(100)).await.unwrap(), "expired");
    assert!(tx.end_invitation(&id, Some(&user_id("acme")), at(20)).await.unwrap());
    assert!(!tx.end_invitation(&id, None, at(21)).await.unwrap());
    assert_eq!(tx.invitations(at(20)).await.unwrap(), []);
}

async fn deleting_a_membership_removes_its_workspace_memberships(fixture: Fixture) {
    two_people(&fixture).await;
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    assert!(!tx.set_role(&user_id("beta"), Role::Member, None, at(2)).await.unwrap());
    assert!(tx.set_role(&user_id("acme"), Role::Member, None, at(2)).await.unwrap());
    let members = tx.members().await.unwrap();
    assert_eq!((members[0].role, &members[0].user), (Role::Member, &user("acme")));
    assert_eq!(members.len(), 1);
    let workspaces = tx.workspaces_of(&user_id("acme")).await.unwrap();
    assert_eq!(workspaces, [(workspace("acme"), Role::Member)]);
    assert!(!tx.delete_membership(&user_id("beta")).await.unwrap());
    assert!(tx.delete_membership(&user_id("acme")).await.unwrap());
    assert_eq!(tx.membership(&user_id("acme")).await.unwrap(), None);
    assert_eq!(tx.workspace_members().await.unwrap(), []);
    tx.commit().await.unwrap();
    let mut tx = fixture.store.tenant_read(&tenant("beta")).await.unwrap();
    assert_eq!(tx.workspace_members().await.unwrap().len(), 1);
}

async fn deleting_a_workspace_deletes_its_memberships_and_invitations(fixture: Fixture) {
    let row = Tenant { id: tenant("acme"), name: "Acme".to_owned(), created_at: at(1) };
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    tx.insert_tenant(&row).await.unwrap();
    tx.insert_workspace(&record("acme")).await.unwrap();
    tx.commit().await.unwrap();
    people(&fixture, "acme").await;
    let mut tx = fixture.store.tenant(&tenant("acme")).await.unwrap();
    assert!(tx.delete_workspace(&workspace("acme"), at(50)).await.unwrap().is_some());
    assert_eq!(tx.workspace_members().await.unwrap(), []);
    assert_eq!(tx.invitations(at(20)).await.unwrap(), []);
    assert!(tx.membership(&user_id("acme")).await.unwrap().is_some());
}

async fn photos_of_all_people_are_found_by_their_names(fixture: Fixture) {
    two_people(&fixture).await;
    for name in ["acme", "beta"] {
        let mut tx = fixture.store.person(&user_id(name)).await.unwrap();
        tx.set_photo(Some(&format!("{name}.png"))).await.unwrap();
        tx.commit().await.unwrap();
    }
    let found = async |names: &[&str]| {
        let names: Vec<_> = names.iter().map(|name| (*name).to_owned()).collect();
        fixture.store.photos_of_people(&names).await.unwrap().into_iter().collect::<Vec<_>>()
    };
    assert_eq!(found(&["beta.png", "lost.png", "acme.png"]).await, ["acme.png", "beta.png"]);
    assert_eq!(found(&["lost.png", "acme", "%", ""]).await, [""; 0]);
    assert_eq!(found(&[]).await, [""; 0]);
    let many: Vec<_> = (0..500).map(|n| format!("{n:032}.png")).collect();
    let many: Vec<_> = many.iter().map(String::as_str).chain(["acme.png"]).collect();
    assert_eq!(found(&many).await, ["acme.png"]);
}

async fn only_tenants_with_organisations_are_listed(fixture: Fixture) {
    two_people(&fixture).await;
    let listed = async || fixture.store.tenants_with_organisations().await.unwrap();
    assert_eq!(listed().await, []);
    let mut tx = fixture.store.tenant(&tenant("beta")).await.unwrap();
    assert!(tx.set_tenant_provider("org_beta").await.unwrap());
    let members = tx.members_at_provider().await.unwrap();
    assert_eq!(members, [(user_id("beta"), Role::Admin, "user_beta".to_owned())]);
    tx.commit().await.unwrap();
    assert_eq!(listed().await, [tenant("beta")]);
}

/// PostgreSQL's policies alone: SQL without any `WHERE`, by whom and by what.
#[tokio::test]
async fn sql_without_a_where_touches_only_rows_of_the_person() {
    let Some(fixture) = Fixture::postgres().await else { return };
    two_people(&fixture).await;
    let TestDatabase::Postgres(database) = &fixture.database else { panic!("made on PostgreSQL") };
    let run = async |settings: &str, sql: &str| {
        let sql = format!("BEGIN; {settings}; {sql}; COMMIT");
        raw_postgres(&database.runtime_url, &sql).await.unwrap_or_else(|error| vec![error])
    };
    let person = "SET LOCAL app.user_id = 'usr_acme'";
    for (table, column) in [("users", "id"), ("sessions", "user_id"), ("one_time_links", "user_id")]
    {
        let changes = [
            format!("SELECT {column} FROM {table}"),
            format!("UPDATE {table} SET {column} = {column} RETURNING {column}"),
        ];
        for sql in &changes {
            assert_eq!(run(person, sql).await, ["usr_acme"], "{sql}");
            assert_eq!(run("SELECT 1", sql).await.get(1..).unwrap_or_default(), [""; 0], "{sql}");
        }
        let credential = format!("SET LOCAL app.credential = '{}'", digest_of_person("acme", 102));
        let seen = run(&credential, &changes[0]).await;
        assert_eq!(seen.len(), usize::from(table == "sessions"), "{table}: {seen:?}");
        assert_eq!(run(&credential, &changes[1]).await, [""; 0], "{table}");
    }
    let moved = run(person, "UPDATE sessions SET user_id = 'usr_beta'").await;
    assert!(moved[0].contains("row-level security"), "{moved:?}");
    for table in ["memberships", "workspace_memberships"] {
        assert_eq!(run(person, &format!("SELECT user_id FROM {table}")).await, ["usr_acme"]);
        let change = format!("UPDATE {table} SET role = 'admin' RETURNING user_id");
        assert_eq!(run(person, &change).await, [""; 0], "nobody promotes themselves");
    }
}
