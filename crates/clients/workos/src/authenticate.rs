//! Exchanging a browser's code, or a refresh token, for a person and tokens.

use std::net::IpAddr;

use covibe_domain::{Secret, boxed};
use covibe_upstream::{Cause, Error, UpstreamAnswer};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::client::WorkOs;
use crate::error::{Choice, Selection, SignInError, Step, TokenError};
use crate::error_answers::{self, REJECTED, code};
use crate::ids::OrganizationId;
use crate::management::User;
use crate::token::Claims;

const PATH: &str = "/user_management/authenticate";

/// The statuses of refusals that say what to do next.
const REFUSALS: &[u16] = &[400, 403];

/// The maximum number of organisations that a person is shown.
const CHOICES: usize = 100;

/// The longest text of a browser that is passed on, in characters.
const AGENT: usize = 256;

/// A code that WorkOS never issues: its codes are longer.
const NO_CODE: &str = "none";

/// The grant that is exchanged. Each is valid once.
#[derive(Clone, Debug)]
pub enum Grant<'a> {
    /// The code that a browser came back with.
    Code {
        /// The code.
        code: &'a Secret,
        /// The verifier of the challenge that the sign-in was started with.
        verifier: &'a Secret,
    },
    /// A refresh token, which is replaced by the one of the answer.
    Refresh {
        /// The token.
        token: &'a Secret,
        /// The organisation that the new tokens are for; the same as before if none is named.
        organization: Option<&'a OrganizationId>,
    },
    /// The choice of an organisation, after [`SignInError::Choose`].
    Organization {
        /// [`Selection::pending`].
        pending: &'a Secret,
        /// The choice.
        organization: &'a OrganizationId,
    },
}

/// The browser of a person, for WorkOS' list of sessions and its protection from attacks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Visitor<'a> {
    /// The address.
    pub address: Option<IpAddr>,
    /// The name that the browser gives itself; at most 256 characters of it are passed on.
    pub agent: Option<&'a str>,
}

/// A person who signed in.
#[derive(Clone, Debug)]
pub struct Authentication {
    /// The person.
    pub user: User,
    /// The claims of the verified access token.
    pub claims: Claims,
    /// The token with which the next tokens are requested.
    pub refresh_token: Secret,
    /// True if somebody at WorkOS acts in the person's name.
    pub is_impersonated: bool,
}

#[derive(Deserialize)]
struct Wire {
    user: User,
    organization_id: Option<OrganizationId>,
    access_token: Secret,
    refresh_token: Secret,
    impersonator: Option<Value>,
}

impl WorkOs {
    /// Exchanges a grant, and verifies the access token of the answer.
    ///
    /// It is sent once: a grant whose answer was lost is spent, and the person signs in again.
    ///
    /// # Errors
    ///
    /// [`SignInError::Choose`] where an organisation has to be chosen, and [`SignInError::Spent`] for a grant
    /// that is not valid.
    #[boxed]
    pub async fn authenticate<'a>(
        &'a self,
        grant: Grant<'a>,
        visitor: Visitor<'a>,
    ) -> Result<Authentication, SignInError> {
        let body = self.body(&grant, visitor);
        let request = self.transport().post(PATH).anonymous().body(body).accept_statuses(REFUSALS);
        let answer = request.send().await?;
        if !(200..300).contains(&answer.status()) {
            return Err(read_refusal(answer));
        }
        let Wire { user, organization_id, access_token, refresh_token, impersonator } =
            answer.json()?;
        let claims = self.keys().verify(&access_token).await?;
        let is_same = claims.user == user.id && claims.organization == organization_id;
        if !is_same || refresh_token.is_empty() {
            return Err(TokenError::Subject.into());
        }
        let is_impersonated = impersonator.is_some_and(|one| !one.is_null());
        Ok(Authentication { user, claims, refresh_token, is_impersonated })
    }

    /// Verifies an access token by the keys that WorkOS publishes for this client.
    #[boxed]
    pub async fn verify(&self, access_token: &Secret) -> Result<Claims, SignInError> {
        self.keys().verify(access_token).await
    }

    /// Checks that WorkOS accepts the client id with this API key, by an exchange of a code that
    /// nobody was given. It changes nothing.
    ///
    /// # Errors
    ///
    /// [`Cause::Operator`] if the client id and the key are not those of one environment.
    #[boxed]
    pub async fn check_client(&self) -> Result<(), Error> {
        let (code, verifier) = (Secret::new(NO_CODE), Secret::new(NO_CODE));
        let grant = Grant::Code { code: &code, verifier: &verifier };
        match self.authenticate(grant, Visitor::default()).await {
            Err(SignInError::Call(error)) => Err(error),
            // An answer about the code shows that WorkOS has accepted the client before.
            Ok(_) | Err(_) => Ok(()),
        }
    }

    /// Fetches the keys that WorkOS publishes for this client, and returns the number of those that
    /// can sign tokens.
    #[boxed]
    pub async fn published_keys(&self) -> Result<usize, Error> {
        self.keys().count().await
    }

    fn body(&self, grant: &Grant<'_>, visitor: Visitor<'_>) -> Value {
        let mut body = match grant {
            Grant::Code { code, verifier } => json!({
                "grant_type": "authorization_code",
                "code": code.expose(),
                "code_verifier": verifier.expose(),
            }),
            Grant::Refresh { token, organization } => {
                let mut body =
                    json!({ "grant_type": "refresh_token", "refresh_token": token.expose() });
                if let Some(organization) = organization {
                    body["organization_id"] = json!(organization.as_str());
                }
                body
            }
            Grant::Organization { pending, organization } => json!({
                "grant_type": "urn:workos:oauth:grant-type:organization-selection",
                "pending_authentication_token": pending.expose(),
                "organization_id": organization.as_str(),
            }),
        };
        body["client_id"] = json!(self.client_id());
        body["client_secret"] = json!(self.api_key().expose());
        if let Some(address) = visitor.address {
            body["ip_address"] = json!(address.to_string());
        }
        if let Some(agent) = visitor.agent {
            body["user_agent"] = json!(agent.chars().take(AGENT).collect::<String>());
        }
        body
    }
}

/// Reads a refusal; an answer that is not from WorkOS is an error of the call.
fn read_refusal(answer: UpstreamAnswer) -> SignInError {
    let (status, unreadable) = (answer.status(), answer.malformed());
    let body: Value = match answer.json() {
        Ok(body) => body,
        Err(error) => return Error { cause: Cause::Foreign { status }, ..error }.into(),
    };
    match code(&body) {
        "invalid_grant" | "invalid_code" | "expired_code" => SignInError::Spent,
        "invalid_client" | "unauthorized_client" => {
            Error { cause: Cause::Operator(REJECTED), ..unreadable }.into()
        }
        "organization_selection_required" => match selection(&body) {
            Some(selection) => SignInError::Choose(Box::new(selection)),
            None => unreadable.into(),
        },
        "email_verification_required" => SignInError::Unfinished(Step::EmailVerification),
        "mfa_enrollment" | "mfa_challenge" => SignInError::Unfinished(Step::SecondFactor),
        "sso_required" | "organization_authentication_methods_required" => {
            SignInError::Unfinished(Step::SingleSignOn)
        }
        _ if status == 403 => SignInError::Refused,
        _ => match error_answers::classify(status, &body) {
            Some(cause) => Error { cause, ..unreadable }.into(),
            None => unreadable.into(),
        },
    }
}

fn selection(body: &Value) -> Option<Selection> {
    let pending = body["pending_authentication_token"].as_str().filter(|text| !text.is_empty())?;
    let organizations: Vec<Choice> = serde_json::from_value(body["organizations"].clone()).ok()?;
    let organizations = organizations.into_iter().take(CHOICES).collect();
    Some(Selection { pending: Secret::new(pending), organizations })
}
