//! The addresses that browsers are sent to, for signing in and for signing out.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use covibe_domain::Secret;
use sha2::{Digest as _, Sha256};
use url::Url;

use crate::client::WorkOs;
use crate::ids::{OrganizationId, SessionId};

/// The page of AuthKit that is shown first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Screen {
    /// The one that signs in.
    SignIn,
    /// The one that creates an account.
    SignUp,
}

/// The parameters of a sign-in.
#[derive(Clone, Debug)]
pub struct Authorization<'a> {
    /// The address that the browser comes back to; WorkOS accepts only those that are configured
    /// there.
    pub redirect_uri: &'a Url,
    /// A text that comes back with the browser: unguessable, and used once.
    pub state: &'a Secret,
    /// The PKCE verifier (RFC 7636), 43 to 128 characters; only its digest is sent.
    pub verifier: &'a Secret,
    /// The page that is shown first.
    pub screen: Screen,
    /// The organisation to sign in to, if it is known.
    pub organization: Option<&'a OrganizationId>,
    /// The address that is filled in.
    pub login_hint: Option<&'a str>,
    /// The token of an invitation, which the sign-in accepts.
    pub invitation_token: Option<&'a Secret>,
}

impl WorkOs {
    /// Returns the address of AuthKit that starts a sign-in.
    pub fn authorization_url(&self, asked: &Authorization<'_>) -> Url {
        let mut url = self.page(&["user_management", "authorize"]);
        let screen = match asked.screen {
            Screen::SignIn => "sign-in",
            Screen::SignUp => "sign-up",
        };
        let challenge = challenge(asked.verifier);
        let mut query = url.query_pairs_mut();
        query
            .append_pair("client_id", self.client_id())
            .append_pair("redirect_uri", asked.redirect_uri.as_str())
            .append_pair("response_type", "code")
            .append_pair("provider", "authkit")
            .append_pair("state", asked.state.expose())
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256")
            .append_pair("screen_hint", screen);
        let further = [
            ("organization_id", asked.organization.map(OrganizationId::as_str)),
            ("login_hint", asked.login_hint),
            ("invitation_token", asked.invitation_token.map(Secret::expose)),
        ];
        for (name, value) in further {
            if let Some(value) = value {
                query.append_pair(name, value);
            }
        }
        drop(query);
        url
    }

    /// Returns the address that ends a session at WorkOS and then leads to `return_to`, which has to be
    /// configured there.
    pub fn logout_url(&self, session: &SessionId, return_to: &Url) -> Url {
        let mut url = self.page(&["user_management", "sessions", "logout"]);
        url.query_pairs_mut()
            .append_pair("session_id", session.as_str())
            .append_pair("return_to", return_to.as_str());
        url
    }
}

/// Returns the challenge of a verifier by the method `S256`.
fn challenge(verifier: &Secret) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.expose()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pkce_challenge_matches_the_example_of_rfc_7636() {
        let verifier = Secret::new("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
        assert_eq!(challenge(&verifier), "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
    }
}
