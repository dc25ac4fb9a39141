//! A simulated Google Cloud: the token endpoint at `/token`, a machine's metadata server, Cloud DNS below
//! `/dns/v1/`, whose zones a real DNS server on this machine answers from, IAM below `/v1/`, and Cloud Storage
//! below `/storage/v1/`, which also speaks S3 to requests that are signed for it.
//!
//! | module | what it holds |
//! |---|---|
//! | `dns` | Cloud DNS, and the DNS server |
//! | `storage` | IAM's service accounts, and Cloud Storage |
//! | `oauth_tokens` | assertions, which are verified, and the tokens that are issued |
//! | `errors` | the refusals, in the forms of the APIs and of the token endpoint |
//!
//! Its one service account has the key `key.pem`, which is in the repository and so worthless elsewhere.

mod dns;
mod errors;
mod listed_collections;
mod oauth_tokens;
mod options;
mod storage;

use std::any::Any;
use std::io;
use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;

use covibe_domain::Secret;
use parking_lot::Mutex;
use serde_json::json;

use self::dns::{Responder, Zones};
use self::oauth_tokens::Tokens;
use self::storage::Storage;
use crate::core::clock::Clock;
use crate::core::request_types::{Reply, ReplyResult, Request};
use crate::core::{Protocol, Simulator, Vendor, server};

pub use listed_collections::Collection;
pub use options::{Options, Settings, StorageSettings};

/// The path that Cloud DNS is below.
const DNS: &str = "/dns/v1/";

/// The scopes that suffice for Cloud DNS.
const SCOPES: [&str; 2] = [
    "https://www.googleapis.com/auth/cloud-platform",
    "https://www.googleapis.com/auth/ndev.clouddns.readwrite",
];

const PROTOCOL: Protocol = Protocol {
    api_prefix: |path| {
        let known = [DNS, storage::JSON, storage::IAM];
        known.into_iter().find(|api| path.starts_with(api)).unwrap_or("/")
    },
    name: |request| request,
    // An assertion is as good as the key for an hour.
    omits_body: |request| request.path == oauth_tokens::PATH,
};

/// A running Google Cloud: its HTTP server, and its DNS server.
pub struct Cloud {
    simulator: Simulator,
    dns: Responder,
}

impl Cloud {
    /// Returns where its zones are served, over UDP and TCP.
    pub fn dns(&self) -> SocketAddr {
        self.dns.address
    }
}

impl Deref for Cloud {
    type Target = Simulator;

    fn deref(&self) -> &Simulator {
        &self.simulator
    }
}

/// Starts a Google Cloud on free ports of 127.0.0.1. Its [`Simulator::token`] is one that it did not issue,
/// and that serves all its APIs.
///
/// # Errors
/// It could not be started.
pub async fn start(options: Options) -> io::Result<Cloud> {
    let token = format!("ya29.{}", crate::core::random::alphanumeric(40));
    let secret = Secret::new(token.clone());
    let zones = Arc::new(Mutex::new(Zones::default()));
    let dns = Responder::start(&zones)?;
    let vendor = move |url: &str, clock: Clock| {
        let storage = Storage::new(clock.clone());
        let tokens = Tokens::new(url, clock, token).map_err(io::Error::other)?;
        Ok(Box::new(Google { tokens, zones, storage, settings: options.settings })
            as Box<dyn Vendor>)
    };
    let simulator = server::start(secret, PROTOCOL, vendor).await?;
    Ok(Cloud { simulator, dns })
}

/// Returns the key file of its service account, as Google issues it, with its own token address.
pub fn key_file(simulator: &Simulator) -> Secret {
    let file = json!({
        "type": "service_account",
        "project_id": options::PROJECT,
        "private_key_id": oauth_tokens::KEY_ID,
        "private_key": oauth_tokens::KEY,
        "client_email": oauth_tokens::EMAIL,
        "client_id": "100000000000000000001",
        "auth_uri": "https://accounts.google.com/o/oauth2/auth",
        "token_uri": format!("{}{}", simulator.url, oauth_tokens::PATH),
        "universe_domain": "googleapis.com",
    });
    Secret::new(file.to_string())
}

struct Google {
    tokens: Tokens,
    zones: Arc<Mutex<Zones>>,
    storage: Storage,
    settings: Settings,
}

impl Google {
    fn serve(&mut self, request: &Request) -> ReplyResult {
        match (request.method.as_str(), request.path.as_str()) {
            ("POST", oauth_tokens::PATH) => self.tokens.by_assertion(request, &self.settings),
            ("GET", oauth_tokens::METADATA) => self.tokens.by_metadata(request),
            (_, path) if path.starts_with(DNS) => {
                self.check(request)?;
                dns::answer(&mut self.zones.lock(), &self.settings, request)
            }
            _ if storage::s3::is_signed(request) => {
                storage::s3::answer(&mut self.storage, &self.settings, request)
            }
            (_, path) if path.starts_with(storage::IAM) || path.starts_with(storage::JSON) => {
                let scopes = self.tokens.scopes(request)?;
                if !scopes.split(' ').any(|scope| scope == storage::SCOPE) {
                    return Err(insufficient_scope());
                }
                storage::answer(&mut self.storage, &self.settings, request)
            }
            _ => Err(errors::no_route()),
        }
    }

    /// Refuses a call of Cloud DNS without a token that is valid and wide enough, or that the project's
    /// settings refuse.
    fn check(&self, request: &Request) -> Result<(), Reply> {
        let scopes = self.tokens.scopes(request)?;
        if !scopes.split(' ').any(|scope| SCOPES.contains(&scope)) {
            return Err(insufficient_scope());
        }
        if self.settings.api_disabled {
            let text = "Cloud DNS API has not been used in the project before or it is disabled.";
            return Err(errors::api(403, "accessNotConfigured", text));
        }
        if self.settings.role_missing { Err(errors::refusal(403)) } else { Ok(()) }
    }
}

/// Returns the refusal of a token without the scope.
fn insufficient_scope() -> Reply {
    errors::api(403, "insufficientPermissions", "Request had insufficient authentication scopes.")
}

impl Vendor for Google {
    fn answer(&mut self, request: &Request) -> Reply {
        self.serve(request).unwrap_or_else(|refusal| refusal)
    }

    fn refusal(&self, status: u16) -> Reply {
        errors::refusal(status)
    }

    fn set(&mut self, settings: Box<dyn Any>) {
        if let Ok(settings) = settings.downcast::<Settings>() {
            self.settings = *settings;
        }
    }

    fn names(&mut self, collection: &dyn Any) -> Vec<String> {
        match collection.downcast_ref::<Collection>() {
            Some(Collection::Tokens) => self.tokens.names(),
            Some(Collection::Zones) => self.zones.lock().names(),
            Some(Collection::RecordSets) => self.zones.lock().sets(),
            Some(Collection::Accounts) => self.storage.account_names(),
            Some(Collection::Buckets) => self.storage.bucket_names(),
            Some(Collection::HmacKeys) => self.storage.key_names(),
            Some(Collection::Grants) => self.storage.grants(),
            Some(Collection::Objects) => self.storage.object_names(),
            None => Vec::new(),
        }
    }
}
