//! Everybody who may come to mark's workspace, with a session or without one.

use covibe_domain::UserId;
use covibe_domain::entities::{KeyAccess, KeyScope, Role};
use covibe_identity::{BrowserOrigin, KeyRequest};
use covibe_testkit_http::{Agent, Member, Person, World};
use serde_json::json;

use crate::people::PASSWORD;
use crate::support::tool;

/// A member whose session is in another company of theirs.
pub(super) const ELSEWHERE: &str = "a member whose session is in another company";

/// A member of two companies whose session is in none.
pub(super) const UNCHOSEN: &str = "a member who chose no company yet";

/// Somebody with a browser, and with an agent that calls REST as its pages do.
pub(super) struct CastMember {
    /// Their relation to mark's company.
    pub(super) what: &'static str,
    pub(super) person: Person,
    pub(super) agent: Agent,
    /// The text that the forms of their session contain, or did as long as it lasted.
    pub(super) csrf: String,
}

/// Everybody, by what is open to them.
pub(super) struct Cast {
    /// A visitor without a session, or whose session has ended.
    pub(super) nobodies: Vec<CastMember>,
    /// Whoever is signed in, and may not enter mark's workspace.
    pub(super) strangers: Vec<CastMember>,
    /// The plain members of mark's workspace.
    pub(super) members: Vec<CastMember>,
    /// The admins of mark's company.
    pub(super) admins: Vec<CastMember>,
    /// A key of mark's company that reads.
    pub(super) reader: Agent,
}

impl Cast {
    /// Returns everybody.
    pub(super) async fn gather(world: &World) -> Self {
        let (mark, justine) = (&world.mark, &world.justine);
        let person =
            async |of: &Member, name: &str, role: Role| Person::member(world, of, name, role).await;
        let admin = one(world, "an admin", person(mark, "bob", Role::Admin).await).await;
        person(mark, "both", Role::Member).await;
        let both = person(justine, "both", Role::Admin).await;
        let unchosen = unchosen(world, &both).await;
        let removed = person(mark, "rob", Role::Admin).await;
        let elsewhere = {
            person(mark, "gus", Role::Member).await;
            person(justine, "gus", Role::Admin).await
        };
        let demoted = person(mark, "dan", Role::Admin).await;
        let invited = person(justine, "ida", Role::Member).await;
        let mut nobodies = signed_out(mark.agent.origin.as_str());
        nobodies.push(one(world, "a removed admin", removed).await);
        let eve = person(justine, "eve", Role::Admin).await;
        let unverified = unverified(world, &eve).await;
        let strangers = vec![
            one(world, "an admin of another company", eve).await,
            one(world, "somebody who did not prove an appointed address", unverified).await,
            one(world, "somebody who is invited", invited).await,
            one(world, "a member who was removed and works elsewhere", elsewhere).await,
            one(world, UNCHOSEN, unchosen).await,
        ];
        let members = vec![
            one(world, "a member", person(mark, "ada", Role::Member).await).await,
            one(world, ELSEWHERE, both).await,
            one(world, "an admin who was demoted", demoted).await,
        ];
        let reader = reader(world).await;
        let cast = Self { nobodies, strangers, members, admins: vec![admin], reader };
        cast.part(world).await;
        cast
    }

    /// Has the admin remove, demote and invite whoever is to be.
    async fn part(&self, world: &World) {
        let by = &self.admins[0].agent;
        let (removed, elsewhere) = (self.nobodies.last().expect("one"), &self.strangers[3]);
        let demoted = self.members.last().expect("one");
        let call = async |name: &str, params| {
            let answer = by.rest_raw(&tool(world, name), &params).await;
            assert!(answer.status < 300, "{name}: {}", answer.text);
        };
        for gone in [user(world, &removed.person).await, user(world, &elsewhere.person).await] {
            call("people.remove", json!({ "userId": gone })).await;
        }
        let changed = user(world, &demoted.person).await;
        let member = json!({ "userId": changed, "role": "member", "inWorkspace": true });
        call("people.update", member).await;
        call("invitations.create", json!({ "email": "ida@example.com" })).await;
    }
}

/// Whoever never had a session.
fn signed_out(origin: &str) -> Vec<CastMember> {
    let person = Person::new(origin);
    let made_up = format!("covibe_session={}", "A".repeat(43));
    let agent = Agent::new(origin, "mark", None);
    let csrf = "x".to_owned();
    let ended = with_cookie(&person, made_up.clone());
    let with_session = agent.with_session(&made_up, &csrf);
    vec![
        CastMember { what: "whoever is signed out", person, agent, csrf: csrf.clone() },
        CastMember { what: "whoever makes up a session", person: ended, agent: with_session, csrf },
    ]
}

async fn one(world: &World, what: &'static str, person: Person) -> CastMember {
    let (agent, csrf) = (person.agent(world, "mark").await, person.csrf(world).await);
    CastMember { what, person, agent, csrf }
}

/// Returns a person in a session for which they chose none of their companies.
async fn unchosen(world: &World, of: &Person) -> Person {
    let user = user(world, of).await;
    let token = world.identity.start_session(&user, BrowserOrigin::default(), None).await;
    with_cookie(of, format!("covibe_session={}", token.expect("a session").expose()))
}

/// Returns a person of another company, whose admin typed their address. The operator appointed the owner of that
/// address an admin of mark's company, who has not come yet.
async fn unverified(world: &World, admin: &Person) -> Person {
    let by = admin.agent(world, "justine").await;
    let body = json!({ "email": "sue@example.com", "name": "Sue" });
    let made = by.rest_raw(&tool(world, "people.create"), &body).await.json();
    let link = made["link"].as_str().and_then(|link| link.strip_prefix(&admin.origin));
    let mut sue = Person::new(&admin.origin);
    let fields = [("password", PASSWORD), ("again", PASSWORD)];
    assert_eq!(sue.submit(link.expect("a link"), &fields).await.status, 303);
    let email = "sue@example.com".parse().expect("an address");
    let appointed = world.identity.appoint_admin(&world.mark.record.tenant, &email).await;
    assert!(appointed.expect("an appointment").is_known);
    sue
}

fn with_cookie(of: &Person, cookie: String) -> Person {
    let mut person = of.clone();
    person.cookie = cookie;
    person
}

async fn user(world: &World, person: &Person) -> UserId {
    let signed_in = world.identity.session(person.token(), false).await.expect("an answer");
    signed_in.expect("a session").user.id
}

async fn reader(world: &World) -> Agent {
    let record = &world.mark.record;
    let request =
        KeyRequest { scope: KeyScope::Tenant, access: KeyAccess::Read, ..KeyRequest::default() };
    let minted = world.identity.mint_first(&record.tenant, &record.id, request).await;
    world.mark.agent.with_key(Some(minted.expect("a key").token.expose()))
}
