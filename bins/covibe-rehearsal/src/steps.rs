//! The steps: from the credentials to the removal of all that was made.

use anyhow::{Context, Result, ensure};
use covibe_domain::Secret;
use covibe_workos::{Authorization, OrganizationId, Screen, UserId, WorkOs, WorkOsConfig};
use url::Url;

use super::report::{Outcome, passed_with, print_step, skip};
use super::sign_in_page;
use super::sign_in_session::Session;
use super::workos_api::Account;
use super::workos_test_people::{NAME, People, person};

/// The steps so far.
pub(crate) struct Steps {
    client: WorkOs,
    account: Account,
    /// Where sign-ins come back to.
    callback: Option<Url>,
    people: People,
    password: Secret,
    organization: Option<OrganizationId>,
    user: Option<UserId>,
    session: Option<Session>,
}

impl Steps {
    pub(crate) fn new(config: WorkOsConfig, callback: Option<Url>, domain: &str) -> Result<Self> {
        Ok(Self {
            account: Account::new(&config)?,
            client: WorkOs::new(config)?,
            callback,
            people: People::in_domain(domain),
            // An environment may require letters of both cases, digits and other characters.
            password: Secret::new(format!("Aa1!{}", random()?)),
            organization: None,
            user: None,
            session: None,
        })
    }

    /// Takes the steps, and at the end removes everything that they created, whatever happened.
    pub(crate) async fn take(mut self) {
        let is_usable = print_step("the credentials are accepted", self.credentials().await)
            && print_step("keys are published", self.keys().await);
        if !is_usable {
            skip("people sign in", "the environment can't be used");
            return;
        }
        print_step("the sign-in page answers", self.page().await);
        if print_step(
            "the remains of an earlier rehearsal are removed",
            self.remove_everything().await,
        ) {
            self.journeys().await;
            print_step("everything is removed", self.remove_everything().await);
        }
        skip("a person signs in with a browser", &self.by_hand());
    }

    async fn journeys(&mut self) {
        let is_member =
            print_step("an organisation is created and found", self.found_organisation().await)
                && print_step("a person is created", self.make_person().await)
                && print_step("the person becomes a member", self.join().await);
        if !is_member {
            skip("the person signs in", "they are not a member");
            return;
        }
        self.session_steps().await;
        print_step("an invitation is created and revoked", self.invite().await);
    }

    async fn session_steps(&mut self) {
        let is_renewed = print_step("a sign-in's token is verified", self.sign_in().await)
            && print_step("the session is renewed", self.renew().await);
        if !is_renewed {
            skip("the session ends", "it was not renewed");
            return;
        }
        print_step("a renewal reports another role", self.change_role().await);
        print_step("a used refresh token is refused", self.replay().await);
        print_step("a revoked session is not renewed", self.revoke().await);
    }

    async fn credentials(&self) -> Result<Outcome> {
        self.client.check_client().await?;
        Ok(passed_with("the client id and the API key are those of one environment"))
    }

    async fn keys(&self) -> Result<Outcome> {
        let count = self.client.published_keys().await?;
        ensure!(count > 0, "none of them signs with RS256");
        Ok(passed_with(format!("{count} that sign tokens")))
    }

    async fn page(&self) -> Result<Outcome> {
        let Some(callback) = &self.callback else {
            return Ok(Outcome::Skipped("set NEXT_PUBLIC_WORKOS_REDIRECT_URI".to_owned()));
        };
        let (state, verifier) = (Secret::new(random()?), Secret::new(random()?));
        let start = self.client.authorization_url(&Authorization {
            redirect_uri: callback,
            state: &state,
            verifier: &verifier,
            screen: Screen::SignIn,
            organization: None,
            login_hint: None,
            invitation_token: None,
        });
        sign_in_page::open(start, callback).await
    }

    async fn remove_everything(&self) -> Result<Outcome> {
        let removed = self.people.remove(&self.client, &self.account).await?;
        Ok(passed_with(removed.join(", ")))
    }

    async fn found_organisation(&mut self) -> Result<Outcome> {
        self.organization = Some(self.people.found_organisation(&self.client).await?);
        Ok(passed_with("by its external id"))
    }

    async fn make_person(&mut self) -> Result<Outcome> {
        self.account.make_person(&self.people.email, NAME, &self.password).await?;
        self.user = Some(person(&self.client, &self.people.email).await?);
        Ok(passed_with(&*self.people.email))
    }

    fn member(&self) -> Result<(&UserId, &OrganizationId)> {
        self.user.as_ref().zip(self.organization.as_ref()).context("no person")
    }

    async fn join(&self) -> Result<Outcome> {
        let (user, organization) = self.member()?;
        let made = self.client.create_membership(user, organization, "member").await?;
        ensure!(made.role() == "member", "the role is {}", made.role());
        Ok(passed_with("as member"))
    }

    async fn sign_in(&mut self) -> Result<Outcome> {
        let tokens = self.account.sign_in(&self.people.email, &self.password).await?;
        let session = Session::verify_tokens(&self.client, tokens, self.member()?).await?;
        ensure!(session.claims.role.as_deref() == Some("member"), "the token names another role");
        self.session = Some(session);
        Ok(passed_with("it names the person, the organisation and the role"))
    }

    fn session(&self) -> Result<&Session> {
        self.session.as_ref().context("no session")
    }

    async fn renew(&mut self) -> Result<Outcome> {
        let session = self.session.as_mut().context("no session")?;
        session.renew(&self.client).await?;
        Ok(passed_with("with another refresh token"))
    }

    async fn change_role(&mut self) -> Result<Outcome> {
        let (user, organization) = self.member()?;
        let membership = self.client.membership(user, organization).await?.context("no member")?;
        self.client.set_role(&membership.id, "admin").await?;
        let session = self.session.as_mut().context("no session")?;
        let told = session.renew(&self.client).await?;
        ensure!(told.as_deref() == Some("admin"), "the token names another role");
        Ok(passed_with("admin"))
    }

    async fn replay(&self) -> Result<Outcome> {
        self.session()?.replay(&self.client).await?;
        Ok(passed_with(""))
    }

    async fn revoke(&self) -> Result<Outcome> {
        self.session()?.revoke(&self.client).await?;
        Ok(passed_with(""))
    }

    async fn invite(&self) -> Result<Outcome> {
        let (_, organization) = self.member()?;
        self.people.invite(&self.client, organization).await?;
        Ok(passed_with(""))
    }

    /// Returns the instruction for a step that only a person can take: the forms of AuthKit are
    /// documented nowhere.
    fn by_hand(&self) -> String {
        let Some(callback) = &self.callback else {
            return "set NEXT_PUBLIC_WORKOS_REDIRECT_URI".to_owned();
        };
        let start = callback.join("/auth/sign-in").unwrap_or_else(|_| callback.clone());
        format!("open {start}")
    }
}

/// Returns 256 random bits that nobody can guess, in hexadecimal.
fn random() -> Result<String> {
    let mut bytes = [0; 32];
    std::io::Read::read_exact(&mut std::fs::File::open("/dev/urandom")?, &mut bytes)?;
    Ok(hex::encode(bytes))
}
