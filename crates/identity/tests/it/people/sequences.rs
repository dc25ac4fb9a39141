//! Random sequences of what two companies and their people do: no link ever gives a session in a company whose admin
//! did not make it.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestCaseError, TestRunner};
use tokio::runtime::Runtime;

use super::*;

/// How many people there are; the first two of them are the first admins of the two companies.
const PEOPLE: usize = 5;

/// What somebody does. Numbers choose among the people, the two companies, or what was made before.
#[derive(Clone, Copy, Debug)]
enum Step {
    Invite { by: usize, company: usize, whom: usize, admin: bool },
    Join { invitation: usize },
    Link { by: usize, company: usize, whom: usize },
    UseLink { link: usize },
    SetRole { by: usize, company: usize, whom: usize, admin: bool },
    Remove { by: usize, company: usize, whom: usize },
    Leave { who: usize, company: usize },
}

fn step() -> impl Strategy<Value = Step> {
    let (by, whom, company) = (0..PEOPLE, 0..PEOPLE, 0..2_usize);
    let acts = (by, company, whom, any::<bool>(), 0..12_usize);
    (0..9_u8, acts).prop_map(|(kind, (by, company, whom, admin, made))| match kind {
        0 => Step::Invite { by, company, whom, admin },
        1 | 2 => Step::Join { invitation: made },
        3 => Step::Link { by, company, whom },
        4 | 5 => Step::UseLink { link: made },
        6 => Step::SetRole { by, company, whom, admin },
        7 => Step::Remove { by, company, whom },
        _ => Step::Leave { who: whom, company },
    })
}

/// What has happened so far.
struct Life<'a> {
    fixture: &'a Fixture,
    companies: [Company; 2],
    people: Vec<UserId>,
    invitations: Vec<(usize, Secret)>,
    /// Links, with the company whose admin made each.
    links: Vec<(usize, Secret)>,
    /// Sessions that links gave to those who made them, with that company.
    sessions: Vec<(usize, Secret)>,
}

impl<'a> Life<'a> {
    async fn begin(fixture: &'a Fixture, number: usize) -> Self {
        let name = |who: usize| format!("p{number}n{who}");
        let companies =
            [Company::new(fixture, &name(0)).await, Company::new(fixture, &name(1)).await];
        let mut people: Vec<_> = companies.iter().map(|one| one.admin.clone()).collect();
        for who in 2..PEOPLE {
            people.push(companies[who % 2].member(fixture, &name(who), Role::Member).await.0);
        }
        let (invitations, links, sessions) = Default::default();
        Self { fixture, companies, people, invitations, links, sessions }
    }

    /// Returns somebody as a caller who was an admin when the call began.
    fn by(&self, who: usize, company: usize) -> Principal {
        principal(&self.companies[company].tenant, &self.people[who])
    }

    /// Does one step. Most are refused, which is no failure.
    async fn take(&mut self, step: Step, number: usize) {
        let identity = &self.fixture.identity;
        let role = |admin| if admin { Role::Admin } else { Role::Member };
        match step {
            Step::Invite { by, company, whom, admin } => {
                let request = invitation_of(&format!("p{number}n{whom}"), role(admin));
                if let Ok(invited) = identity.invite(&self.by(by, company), request).await {
                    self.invitations.push((whom, invited.token));
                }
            }
            Step::Join { invitation } => {
                if let Some((whom, token)) = self.invitations.get(invitation) {
                    let _ = accept(self.fixture, &self.people[*whom], token).await;
                }
            }
            Step::Link { by, company, whom } => {
                let by = self.by(by, company);
                if let Ok(link) = identity.create_password_link(&by, &self.people[whom]).await {
                    self.links.push((company, link));
                }
            }
            Step::UseLink { link } => {
                if let Some((company, link)) = self.links.get(link)
                    && let Ok(session) = use_link(self.fixture, link).await
                {
                    self.sessions.push((*company, session));
                }
            }
            Step::SetRole { by, company, whom, admin } => {
                let by = self.by(by, company);
                let _ = identity.set_member_role(&by, &self.people[whom], role(admin)).await;
            }
            Step::Remove { by, company, whom } => {
                let by = self.by(by, company);
                let _ = identity.remove_member(&by, &self.people[whom]).await;
            }
            Step::Leave { who, company } => {
                let _ = identity.leave(&self.by(who, company)).await;
            }
        }
    }

    /// Checks that the sessions that links gave open nothing but the company of the link.
    async fn check(&self) -> Result<(), TestCaseError> {
        for (company, session) in &self.sessions {
            let Some(of) = who(self.fixture, session).await else { continue };
            for tenant in tenants(self.fixture, &of.user.id).await {
                prop_assert_eq!(&tenant, &self.companies[*company].tenant);
            }
        }
        Ok(())
    }
}

async fn live(fixture: &Fixture, number: usize, steps: &[Step]) -> Result<(), TestCaseError> {
    let mut life = Life::begin(fixture, number).await;
    for step in steps {
        life.take(*step, number).await;
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
fn no_link_opens_another_company_on_sqlite() {
    let runtime = Runtime::new().unwrap();
    let fixture = runtime.block_on(Fixture::sqlite());
    check(32, &runtime, &fixture);
}

#[test]
fn no_link_opens_another_company_on_postgres() {
    let runtime = Runtime::new().unwrap();
    let Some(fixture) = runtime.block_on(Fixture::postgres()) else { return };
    check(16, &runtime, &fixture);
}
