//! A simulated WorkOS: AuthKit's pages for browsers, the tokens of sign-ins with the keys that they are
//! signed by, and the API for organisations, memberships, invitations, users and sessions.
//!
//! It is never kinder than the real one: codes, refresh tokens and pending sign-ins are valid once, PKCE is
//! checked, browsers are sent to configured addresses only, a member of several organisations has to choose,
//! and a person authenticates at most ten times a minute.
//!
//! | module | what it holds |
//! |---|---|
//! | `model` | people, organisations, memberships, invitations, codes and sessions |
//! | `browser` | the pages: sign-in, invitations, sign-out |
//! | `routes` | the API, whose lists come in pages |
//! | `signing_keys` | the keys that tokens are signed by |
//! | `access_tokens` | access tokens and the published keys |
//! | `errors` | the refusals, of the API and of OAuth 2 |
//!
//! The keys `*.pem` are in the repository and so worthless elsewhere.

mod access_tokens;
mod browser;
mod errors;
mod listed_collections;
mod model;
mod options;
mod routes;
mod signing_keys;

use std::any::Any;
use std::io;

use covibe_domain::Secret;

use self::access_tokens::published_keys;
use self::model::WorkOsState;
use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::core::{Protocol, Simulator, Vendor, random, server};

pub use listed_collections::Collection;
pub use options::{CLIENT_ID, Company, Key, Options, Settings, TokenTrouble};

const PROTOCOL: Protocol = Protocol {
    api_prefix: |_| "/",
    name: |request| request,
    // Codes and verifiers are as good as a session.
    omits_body: |request| request.path.ends_with("/authenticate") || request.path == "/invite",
};

/// Starts a WorkOS on a free port of 127.0.0.1; its token is the API key of its one environment.
///
/// # Errors
/// It could not be started.
pub async fn start(options: Options) -> io::Result<Simulator> {
    let key = format!("sk_test_{}", random::alphanumeric(40));
    let own = key.clone();
    server::start(Secret::new(key), PROTOCOL, move |url, clock| {
        let state =
            WorkOsState::new(options, (url.to_owned(), own), clock).map_err(io::Error::other)?;
        Ok(Box::new(WorkOs { state }))
    })
    .await
}

struct WorkOs {
    state: WorkOsState,
}

impl WorkOs {
    fn serve(&mut self, request: &Request) -> ReplyResult {
        let (method, segments) = request.route();
        match (method, segments.as_slice()) {
            ("GET" | "POST", ["user_management", "authorize"]) => {
                browser::authorize(&mut self.state, request)
            }
            ("GET" | "POST", ["invite"]) => browser::invite(&mut self.state, request),
            ("GET", ["user_management", "sessions", "logout"]) => {
                browser::logout(&mut self.state, request)
            }
            ("GET", [browser::UNKNOWN_REDIRECT]) => Ok(browser::redirect_unknown()),
            ("GET", ["sso", "jwks", CLIENT_ID]) => Ok(published_keys(&self.state)),
            ("POST", ["user_management", "authenticate"]) => {
                routes::authenticate(&mut self.state, request)
            }
            _ => {
                self.check(request)?;
                routes::answer(&mut self.state, request)
            }
        }
    }

    fn check(&self, request: &Request) -> Result<(), Reply> {
        let header = request.authorization.as_deref().unwrap_or_default();
        if header.strip_prefix("Bearer ") == Some(&self.state.api_key) {
            return Ok(());
        }
        Err(errors::refusal(401))
    }
}

impl Vendor for WorkOs {
    fn answer(&mut self, request: &Request) -> Reply {
        self.serve(request).unwrap_or_else(|refusal| refusal)
    }

    fn refusal(&self, status: u16) -> Reply {
        errors::refusal(status)
    }

    fn set(&mut self, settings: Box<dyn Any>) {
        match settings.downcast::<Settings>() {
            Ok(settings) => self.state.settings = *settings,
            Err(other) => {
                if let Ok(company) = other.downcast::<Company>() {
                    self.state.arrange(*company);
                }
            }
        }
    }

    fn names(&mut self, collection: &dyn Any) -> Vec<String> {
        let collection = collection.downcast_ref::<Collection>();
        collection.map_or_else(Vec::new, |collection| collection.names(&self.state))
    }
}
