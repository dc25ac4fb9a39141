//! Random sequences of what two companies and their people do: no link, and no password that a link has set, ever gives
//! a session in a company whose admin did not make the link.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use tokio::runtime::Runtime;

use super::*;

/// The number of people at first; the first two of them are the first admins of the two companies.
const PEOPLE: usize = 5;

/// The maximum number of people that admins create.
const CREATED: usize = 2;

/// An action of somebody. Numbers choose among the people, the two companies, or the links and invitations made before.
#[derive(Clone, Copy, Debug)]
enum Step {
    Invite { by: usize, company: usize, whom: usize, admin: bool },
    Join { invitation: usize },
    Create { by: usize, company: usize, admin: bool },
    Link { by: usize, company: usize, whom: usize },
    UseLink { link: usize },
    RevokeLink { by: usize, company: usize, link: usize },
    SignIn { who: usize },
    ChangePassword { who: usize },
    Prove { who: usize },
    Appoint { who: usize, company: usize },
    SetRole { by: usize, company: usize, whom: usize, admin: bool },
    Remove { by: usize, company: usize, whom: usize },
    Leave { who: usize, company: usize },
}

fn step() -> impl Strategy<Value = Step> {
    let everybody = 0..PEOPLE + CREATED;
    let acts = (everybody.clone(), 0..2_usize, everybody, any::<bool>(), 0..12_usize);
    (0..17_u8, acts).prop_map(|(kind, (by, company, whom, admin, made))| match kind {
        0 | 1 => Step::Invite { by, company, whom, admin },
        2..5 => Step::Join { invitation: made },
        5 => Step::Link { by, company, whom },
        6 | 7 => Step::UseLink { link: made },
        8 => Step::SetRole { by, company, whom, admin },
        9 => Step::Remove { by, company, whom },
        10 => Step::Create { by, company, admin },
        11 => Step::RevokeLink { by, company, link: made },
        12 => Step::SignIn { who: whom },
        13 => Step::ChangePassword { who: whom },
        14 => Step::Prove { who: whom },
        15 => Step::Appoint { who: whom, company },
        _ => Step::Leave { who: whom, company },
    })
}

/// Somebody, with their password, and the company whose admins may know it.
struct Somebody {
    user: UserId,
    password: Option<&'static str>,
    known_in: Option<usize>,
}

impl Somebody {
    fn new(user: UserId) -> Self {
        Self { user, password: None, known_in: None }
    }
}

/// A link, with the company whose admin made it.
struct MadeLink {
    company: usize,
    whom: usize,
    link: Secret,
}

/// The state after the steps so far.
struct Life<'a> {
    fixture: &'a Fixture,
    number: usize,
    companies: [Company; 2],
    people: Vec<Somebody>,
    invitations: Vec<(usize, Secret)>,
    links: Vec<MadeLink>,
    /// Sessions of people who know a link or a password in a company, with that company.
    sessions: Vec<(usize, Secret)>,
}

fn name(number: usize, who: usize) -> String {
    format!("p{number}n{who}")
}

impl<'a> Life<'a> {
    async fn begin(fixture: &'a Fixture, number: usize) -> Self {
        let companies = [
            Company::new(fixture, &name(number, 0)).await,
            Company::new(fixture, &name(number, 1)).await,
        ];
        let admins = companies.iter().map(|one| one.admin.clone());
        let mut people: Vec<_> = admins.map(Somebody::new).collect();
        for who in 2..PEOPLE {
            let name = name(number, who);
            let (user, _) = companies[who % 2].member(fixture, &name, Role::Member).await;
            people.push(Somebody::new(user));
        }
        let (invitations, links, sessions) = Default::default();
        Self { fixture, number, companies, people, invitations, links, sessions }
    }

    /// Returns somebody as a caller who was an admin when the call began.
    fn caller_at_begin(&self, who: usize, company: usize) -> Option<Principal> {
        Some(principal(&self.companies[company].tenant, self.user(who)?))
    }

    fn user(&self, who: usize) -> Option<&UserId> {
        self.people.get(who).map(|one| &one.user)
    }

    fn name(&self, who: usize) -> String {
        name(self.number, who)
    }

    /// Does one step; returns `None` for a step of somebody who does not exist. Most are refused, which is not a
    /// failure.
    async fn take(&mut self, step: Step) -> Option<()> {
        let identity = &self.fixture.identity;
        let role = |admin| if admin { Role::Admin } else { Role::Member };
        match step {
            Step::Invite { by, company, whom, admin } => {
                let request = invitation_of(&self.name(whom), role(admin));
                if let Ok(invited) =
                    identity.invite(&self.caller_at_begin(by, company)?, request).await
                {
                    self.invitations.push((whom, invited.token));
                }
            }
            Step::Join { invitation } => {
                let (whom, token) = self.invitations.get(invitation)?;
                let _ = accept(self.fixture, self.user(*whom)?, token).await;
            }
            Step::Create { by, company, admin } => self.create(by, company, role(admin)).await?,
            Step::Link { by, company, whom } => {
                let (by, user) = (self.caller_at_begin(by, company)?, self.user(whom)?);
                if let Ok(link) = identity.create_password_link(&by, user).await {
                    self.links.push(MadeLink { company, whom, link });
                }
            }
            Step::UseLink { link } => self.use_made(link).await?,
            Step::RevokeLink { by, company, link } => self.revoke(by, company, link).await?,
            Step::SignIn { who } => self.sign_in(who).await?,
            Step::ChangePassword { who } => self.change_password(who).await?,
            Step::Prove { who } => self.prove(who).await?,
            Step::Appoint { who, company } => self.appoint(who, company).await?,
            Step::SetRole { by, company, whom, admin } => {
                let (by, user) = (self.caller_at_begin(by, company)?, self.user(whom)?);
                let _ = identity.set_member_role(&by, user, role(admin)).await;
            }
            Step::Remove { by, company, whom } => {
                let (by, user) = (self.caller_at_begin(by, company)?, self.user(whom)?);
                let _ = identity.remove_member(&by, user).await;
            }
            Step::Leave { who, company } => {
                let _ = identity.leave(&self.caller_at_begin(who, company)?).await;
            }
        }
        Some(())
    }

    async fn create(&mut self, by: usize, company: usize, role: Role) -> Option<()> {
        let (by, whom) = (self.caller_at_begin(by, company)?, self.people.len());
        if whom < PEOPLE + CREATED {
            let (name, identity) = (self.name(whom), &self.fixture.identity);
            let email = email(&name).parse().unwrap();
            let created = identity.create_member(&by, &email, &name, role, None).await;
            let (user, link) = created.ok()?;
            self.people.push(Somebody::new(user.id));
            self.links.push(MadeLink { company, whom, link: link? });
        }
        Some(())
    }

    /// Has an admin use a link, who knows the password from then on.
    async fn use_made(&mut self, link: usize) -> Option<()> {
        let MadeLink { company, whom, link } = self.links.get(link)?;
        let session = use_link(self.fixture, link).await.ok()?;
        self.sessions.push((*company, session));
        let somebody = &mut self.people[*whom];
        (somebody.password, somebody.known_in) = (Some(CHOSEN), Some(*company));
        Some(())
    }

    /// Has an admin revoke a link, which opens nothing afterwards.
    async fn revoke(&self, by: usize, company: usize, link: usize) -> Option<()> {
        let (by, made) = (self.caller_at_begin(by, company)?, self.links.get(link)?);
        let identity = &self.fixture.identity;
        let listed = identity.password_links(&by).await.ok()?;
        let user = self.user(made.whom)?;
        let id = listed.into_iter().find(|one| one.link.user == *user)?.link.id;
        if identity.revoke_password_link(&by, &id).await.is_ok() {
            assert_void(self.fixture, &made.link, "it was revoked, or replaced before").await;
        }
        Some(())
    }

    /// Signs in by somebody who knows a password.
    async fn sign_in(&mut self, who: usize) -> Option<()> {
        let Somebody { password, known_in, .. } = self.people.get(who)?;
        let session = sign_in(self.fixture, &self.name(who), (*password)?, None).await.unwrap();
        self.sessions.extend(known_in.map(|company| (company, session)));
        Some(())
    }

    /// Changes a password by somebody who knows it: the company that may know it stays the same.
    async fn change_password(&mut self, who: usize) -> Option<()> {
        let new = "orchard violin thimble";
        let somebody = self.people.get_mut(who)?;
        let present = Secret::new(somebody.password?);
        let own = session(self.fixture, &somebody.user).await;
        let of = self::find_signed_in(self.fixture, &own).await.unwrap();
        let identity = &self.fixture.identity;
        identity.change_password(&of, present, password(new)).await.unwrap();
        somebody.password = Some(new);
        Some(())
    }

    /// Has somebody themselves open a link of the operator, so that nobody else knows the password.
    async fn prove(&mut self, who: usize) -> Option<()> {
        let address = email(&self.name(who)).parse().unwrap();
        let link = self.fixture.identity.create_proof_link(&address).await.unwrap()?.token;
        use_link(self.fixture, &link).await.unwrap();
        let somebody = &mut self.people[who];
        (somebody.password, somebody.known_in) = (Some(CHOSEN), None);
        Some(())
    }

    async fn appoint(&mut self, who: usize, company: usize) -> Option<()> {
        let (identity, from) = (&self.fixture.identity, BrowserOrigin::default());
        self.user(who)?;
        let (tenant, address) =
            (&self.companies[company].tenant, email(&self.name(who)).parse().unwrap());
        let token = identity.appoint_admin(tenant, &address).await.unwrap().token;
        identity.accept_appointment(token.expose(), "", chosen_password(), from).await.unwrap();
        let somebody = &mut self.people[who];
        (somebody.password, somebody.known_in) = (Some(CHOSEN), None);
        Some(())
    }

    /// Checks that sessions and passwords that an admin may know open nothing but the company of the admin.
    async fn check(&self) -> Result<(), TestCaseError> {
        for (company, session) in &self.sessions {
            let Some(of) = find_signed_in(self.fixture, session).await else { continue };
            self.check_tenants(&of.user.id, *company).await?;
        }
        for somebody in &self.people {
            if let Some(company) = somebody.known_in {
                self.check_tenants(&somebody.user, company).await?;
            }
        }
        Ok(())
    }

    async fn check_tenants(&self, user: &UserId, company: usize) -> Result<(), TestCaseError> {
        for tenant in tenants(self.fixture, user).await {
            prop_assert_eq!(&tenant, &self.companies[company].tenant);
        }
        Ok(())
    }
}

async fn live(fixture: &Fixture, number: usize, steps: &[Step]) -> Result<(), TestCaseError> {
    let mut life = Life::begin(fixture, number).await;
    for step in steps {
        let _ = life.take(*step).await;
        life.check().await?;
    }
    Ok(())
}

fn check(cases: u32, runtime: &Runtime, fixture: &Fixture) {
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    let number = std::cell::Cell::new(0);
    let outcome = TestRunner::new(config).run(&vec(step(), 8..60), |steps| {
        number.set(number.get() + 1);
        runtime.block_on(live(fixture, number.get(), &steps))
    });
    outcome.unwrap_or_else(|why| panic!("{why}"));
}

#[test]
fn no_random_sequence_lets_a_link_open_another_company_on_sqlite() {
    let runtime = Runtime::new().unwrap();
    let fixture = runtime.block_on(Fixture::sqlite());
    check(32, &runtime, &fixture);
}

#[test]
fn no_random_sequence_lets_a_link_open_another_company_on_postgres() {
    let runtime = Runtime::new().unwrap();
    let Some(fixture) = runtime.block_on(Fixture::postgres()) else { return };
    check(16, &runtime, &fixture);
}
