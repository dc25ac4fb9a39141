//! Changes of people that no operation makes are in the audit of each company that they concern.

use covibe_domain::entities::{KeyScope, Role};
use covibe_domain::{Actor, Timestamp, UserId};
use covibe_identity::{Expiry, KeyRequest, NewInvitationRequest, Proof};
use covibe_policy::Principal;
use covibe_store::{AuditEntry, AuditFilter, AuditRecord, Backend};
use covibe_testkit_http::{Member, Options, Person, World};
use serde_json::{Value, json};

use super::{PASSWORD, location};
use crate::audit::{entry, until};

/// In milliseconds.
const HOUR: i64 = 3_600_000;

const NEW: [(&str, &str); 3] = [("name", "New"), ("password", PASSWORD), ("again", PASSWORD)];

/// The operation, the outcome, the surface and the actor of an entry, and its detail.
pub(crate) type Row = (String, Value);

/// Two companies, and the names of people by their ids.
struct Scene {
    world: World,
    names: Vec<(UserId, &'static str)>,
    /// The numbers of the last entries that were read, of mark's and of justine's company.
    read: [i64; 2],
}

impl Scene {
    async fn new() -> Self {
        Self { world: World::embedded().await, names: Vec::new(), read: [0, 0] }
    }

    /// Adds a person who is signed in.
    async fn person(
        &mut self,
        of: fn(&World) -> &Member,
        name: &'static str,
        role: Role,
    ) -> Person {
        let person = Person::member(&self.world, of(&self.world), name, role).await;
        let user = self.principal(&person).await.1;
        self.names.push((user, name));
        person
    }

    async fn principal(&self, person: &Person) -> (Principal, UserId) {
        let identity = &self.world.identity;
        let caller = identity.authenticate_person(person.token(), None, Proof::Reads).await;
        let principal = caller.expect("a caller").principal;
        let user = principal.person().expect("a person").clone();
        (principal, user)
    }

    async fn mint(&self, person: &Person) {
        let by = self.principal(person).await.0;
        let scope = KeyScope::Workspace;
        let request = KeyRequest { scope, expiry: Expiry::Never, ..KeyRequest::default() };
        self.world.identity.mint(&by, request).await.expect("a key");
    }

    /// Invites somebody to mark's company; the path of the link.
    async fn invite(&self, by: &Person, email: &str) -> String {
        let request = NewInvitationRequest {
            email: email.parse().expect("an address"),
            role: Role::Member,
            workspace: Some(self.world.mark.record.id.clone()),
            provider: None,
        };
        let by = self.principal(by).await.0;
        let invited = self.world.identity.invite(&by, request).await.expect("an invitation");
        format!("/auth/invitation/{}", invited.token.expose())
    }

    /// Reads the new entries of both companies, in the order of their chains.
    async fn read_new(&mut self) -> [Vec<Row>; 2] {
        let mut new = [Vec::new(), Vec::new()];
        for (number, of) in [&self.world.mark, &self.world.justine].into_iter().enumerate() {
            let chain = whole_chain(&self.world, of).await;
            let last = self.read[number];
            let rows = chain.iter().filter(|entry| entry.seq > last);
            new[number] = rows.map(|entry| to_row(entry, &self.names)).collect();
            self.read[number] = chain.last().map_or(last, |entry| entry.seq);
        }
        new
    }
}

/// Returns all entries of a company in the order of the chain, which is valid.
pub(crate) async fn whole_chain(world: &World, of: &Member) -> Vec<AuditRecord> {
    world.platform.auditor().flush().await;
    let mut tx = world.store.tenant_read(&of.record.tenant).await.expect("a scope");
    let mut all = tx.audit_entries(&AuditFilter::default(), 10_000).await.expect("entries");
    tx.commit().await.expect("an end");
    let verified = world.store.verify_audit(&of.record.tenant).await.expect("a walk");
    assert_eq!(verified.problem, None);
    all.reverse();
    all
}

/// Returns an entry with the names of people in place of their ids, and without the id of the invitation.
pub(crate) fn to_row(entry: &AuditRecord, names: &[(UserId, &'static str)]) -> Row {
    let actor = entry.actor.as_ref().map_or("nobody", Actor::as_str);
    let mut text = format!("{} {} {} {actor}", entry.tool, entry.outcome, entry.surface);
    let mut detail = entry.detail.clone().unwrap_or_else(|| "null".to_owned());
    for (id, name) in names {
        text = text.replace(id.as_str(), name);
        detail = detail.replace(id.as_str(), name);
    }
    let mut detail: Value = serde_json::from_str(&detail).expect("JSON");
    if let Some(members) = detail.as_object_mut() {
        members.remove("invitationId");
    }
    (text, detail)
}

/// Returns the two rows of a change.
pub(crate) fn change(what: &str, who: &str, detail: Value) -> [Row; 2] {
    let row = |outcome: &str, detail| (format!("{what} {outcome} {who}"), detail);
    [row("started", detail), row("ok", Value::Null)]
}

pub(crate) fn single(text: &str, detail: Value) -> Row {
    (text.to_owned(), detail)
}

#[tokio::test(flavor = "multi_thread")]
async fn invitations_that_are_accepted_are_in_the_audit_of_the_company() {
    let mut scene = Scene::new().await;
    let ada = scene.person(|world| &world.mark, "ada", Role::Admin).await;
    let mut carol = scene.person(|world| &world.justine, "carol", Role::Member).await;
    let link = scene.invite(&ada, "carol@example.com").await;
    scene.read_new().await;
    assert_eq!(location(&carol.submit_own(&scene.world, &link, &[]).await), "/console");
    let by_ada = json!({ "role": "member", "invitedBy": "ada" });
    let expected = change("people.join", "console carol", by_ada.clone()).to_vec();
    assert_eq!(scene.read_new().await, [expected, vec![]]);

    let link = scene.invite(&ada, "bob@example.com").await;
    let mut bob = Person::new(&scene.world.mark.agent.origin);
    assert_eq!(location(&bob.submit(&link, &NEW).await), "/console");
    let id = scene.principal(&bob).await.1;
    scene.names.push((id, "bob"));
    let expected = vec![
        single("people.join started console nobody", by_ada),
        single("people.join ok console bob", Value::Null),
        single("people.sign_in ok console bob", Value::Null),
    ];
    assert_eq!(scene.read_new().await, [expected, vec![]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_a_link_of_an_admin_sets_is_in_the_audit_with_the_admin() {
    let mut scene = Scene::new().await;
    let ada = scene.person(|world| &world.mark, "ada", Role::Admin).await;
    let bob = scene.person(|world| &world.mark, "bob", Role::Member).await;
    let (by, user) = (scene.principal(&ada).await.0, scene.principal(&bob).await.1);
    let link = scene.world.identity.create_password_link(&by, &user).await.expect("a link");
    scene.read_new().await;
    let mut browser = Person::new(&scene.world.mark.agent.origin);
    let path = format!("/auth/link/{}", link.expose());
    assert_eq!(location(&browser.submit(&path, &NEW[1..]).await), "/console");
    let by_link = json!({ "by": "link", "madeBy": "ada" });
    let mut expected = change("people.password", "console bob", by_link).to_vec();
    expected.push(single("people.sign_in ok console bob", Value::Null));
    assert_eq!(scene.read_new().await, [expected, vec![]]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_takeover_is_in_the_audits_of_all_companies_with_the_keys_that_end() {
    let mut scene = Scene::new().await;
    let carol = scene.person(|world| &world.justine, "carol", Role::Admin).await;
    scene.mint(&carol).await;
    scene.read_new().await;
    let email = "carol@example.com".parse().expect("an address");
    let tenant = scene.world.mark.record.tenant.clone();
    let appointed = scene.world.dispatcher.appoint_admin(&tenant, &email).await.expect("a link");
    let as_admin = json!({ "role": "admin" });
    let expected = change("invitations.create", "cli operator", as_admin).to_vec();
    assert_eq!(scene.read_new().await, [expected, vec![]]);

    let mut browser = Person::new(&scene.world.mark.agent.origin);
    let path = format!("/auth/invitation/{}", appointed.token.expose());
    assert_eq!(browser.submit(&path, &NEW).await.status, 200, "it lists what ended");
    let by_operator = json!({ "role": "admin", "invitedBy": "operator" });
    let mut joined = change("people.join", "console carol", by_operator).to_vec();
    joined.push(single("people.sign_in ok console carol", Value::Null));
    let by_invitation = json!({ "by": "invitation", "madeBy": "operator" });
    let [started, ok] = change("people.taken_over", "console carol", by_invitation);
    let ended = single("keys.revoke ok console carol", json!({ "revokedWith": "carol" }));
    assert_eq!(scene.read_new().await, [joined, vec![started, ended.clone(), ok]]);

    let link = scene.world.dispatcher.create_proof_link(&email).await.expect("an answer");
    let link = link.expect("a link").token;
    let linked = change("people.link", "cli operator", json!({ "by": "proof" })).to_vec();
    assert_eq!(scene.read_new().await, [linked.clone(), linked]);
    scene.mint(&browser).await;
    let path = format!("/auth/link/{}", link.expose());
    assert_eq!(browser.submit(&path, &NEW[1..]).await.status, 200, "it lists what ended");
    let by_link = json!({ "by": "link", "madeBy": "operator" });
    let [started, ok] = change("people.taken_over", "console carol", by_link);
    let [mark, justine] = scene.read_new().await;
    assert_eq!(mark, [started.clone(), ended, ok.clone()], "she chose no company yet");
    assert_eq!(justine, [started, ok]);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_end_with_the_removal_of_their_person_have_entries() {
    let mut scene = Scene::new().await;
    let ada = scene.person(|world| &world.mark, "ada", Role::Admin).await;
    let bob = scene.person(|world| &world.mark, "bob", Role::Member).await;
    scene.mint(&bob).await;
    scene.read_new().await;
    let path = format!("/api/workspaces/mark/people/{}", scene.principal(&bob).await.1);
    let answer = ada.agent(&scene.world, "mark").await.send("DELETE", &path, &[], None).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let [started, ok] = change("people.remove", "rest ada", Value::Null);
    let ended = single("keys.revoke ok rest ada", json!({ "revokedWith": "bob" }));
    assert_eq!(scene.read_new().await, [vec![started, ended, ok], vec![]]);
    let tenant = &scene.world.mark.record.tenant;
    let unrecorded = scene.world.store.unrecorded_revocations(tenant, Timestamp::now()).await;
    assert!(unrecorded.expect("a list").is_empty(), "the next server need not add it");
}

/// The first server was killed after it had removed a person, and before the audit had the keys that ended with them.
async fn restarts_after_a_killed_removal(backend: Backend) {
    let options = Options { backend, ..Options::default() };
    let Some(world) = World::start(options).await else { return };
    let mut scene = Scene { world, names: Vec::new(), read: [0, 0] };
    let bob = scene.person(|world| &world.mark, "bob", Role::Member).await;
    scene.mint(&bob).await;
    scene.mint(&bob).await;
    let user = scene.principal(&bob).await.1;
    let started = |call: &str| AuditEntry {
        tool: "people.remove".to_owned(),
        resource: Some(user.to_string()),
        ..entry(&scene.world, call, "started", HOUR)
    };
    let started = ["killed", "later"].map(started);
    let hour_ago = Timestamp::from_millis(Timestamp::now().as_millis() - HOUR);
    let mut tx = scene.world.store.tenant(&scene.world.mark.record.tenant).await.expect("it");
    let revoked = tx.revoke_keys_minted_by(&user, None, hour_ago).await.expect("keys");
    tx.commit().await.expect("an end");
    let mut expected: Vec<_> = revoked.iter().map(|(key, _)| Some(key.id.to_string())).collect();
    expected.sort();
    assert_eq!(expected.len(), 2);
    for (entry, unknown) in started.into_iter().zip(1..) {
        scene.world.store.append_audit(&[entry]).await.expect("an entry");
        scene.world.restart().await;
        let (world, mark) = (&scene.world, &scene.world.mark);
        mark.agent.compact("projects.list", &json!({})).await.expect("a list");
        let mut entries = until(world, mark, unknown, |entry| entry.outcome == "unknown").await;
        entries.retain(|entry| entry.tool == "keys.revoke");
        let mut recorded: Vec<_> = entries.iter().map(|entry| entry.resource.clone()).collect();
        recorded.sort();
        assert_eq!(recorded, expected, "each has one entry");
        let with_user = json!({ "revokedWith": user }).to_string();
        let is_with_user = |entry: &AuditRecord| entry.detail.as_ref() == Some(&with_user);
        assert!(entries.iter().all(is_with_user), "{entries:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_a_killed_removal_get_one_entry_each_from_the_next_server() {
    restarts_after_a_killed_removal(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_of_a_killed_removal_get_one_entry_each_from_the_next_server_on_postgres() {
    restarts_after_a_killed_removal(Backend::Postgres).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn refused_attempts_with_a_link_leave_a_bounded_number_of_entries() {
    let mut scene = Scene::new().await;
    let ada = scene.person(|world| &world.mark, "ada", Role::Admin).await;
    scene.person(|world| &world.justine, "carol", Role::Member).await;
    let link = scene.invite(&ada, "carol@example.com").await;
    scene.read_new().await;
    let mut limited = 0;
    for _ in 0..15 {
        let answer = Person::new(&scene.world.mark.agent.origin).submit(&link, &NEW).await;
        assert!(matches!(answer.status, 409 | 429), "{}: {}", answer.status, answer.text);
        limited += usize::from(answer.status == 429);
    }
    // One more each minute, in case this takes long.
    assert!((1..=5).contains(&limited), "{limited}");
    let [mark, justine] = scene.read_new().await;
    assert_eq!((mark.len(), justine), (2 * (15 - limited), vec![]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_with_an_invitation_of_somebody_else_leaves_a_bounded_number_of_entries() {
    let mut scene = Scene::new().await;
    let ada = scene.person(|world| &world.mark, "ada", Role::Admin).await;
    let mut carol = scene.person(|world| &world.justine, "carol", Role::Member).await;
    let link = scene.invite(&ada, "bob@example.com").await;
    scene.read_new().await;
    let mut limited = 0;
    for _ in 0..15 {
        let answer = carol.submit_own(&scene.world, &link, &[]).await;
        assert!(matches!(answer.status, 403 | 429), "{}: {}", answer.status, answer.text);
        limited += usize::from(answer.status == 429);
    }
    // One more each minute, in case this takes long.
    assert!((1..=5).contains(&limited), "{limited}");
    let [mark, justine] = scene.read_new().await;
    assert_eq!((mark.len(), justine), (2 * (15 - limited), vec![]));
}
