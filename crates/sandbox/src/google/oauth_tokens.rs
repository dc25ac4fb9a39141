//! Assertions and tokens: RFC 7523 at `/token`, and the metadata server of a machine.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use ring::signature::{KeyPair as _, RSA_PKCS1_2048_8192_SHA256, RsaKeyPair, UnparsedPublicKey};
use serde_json::{Value, json};
use url::form_urlencoded;

use super::errors;
use super::options::Settings;
use crate::core::clock::{Clock, timestamp};
use crate::core::random;
use crate::core::request_types::{Reply, ReplyResult, Request};

/// The path of the token endpoint.
pub(super) const PATH: &str = "/token";

/// The path of the metadata server's tokens.
pub(super) const METADATA: &str = "/computeMetadata/v1/instance/service-accounts/default/token";

/// The service account's key, as PKCS #8 in PEM.
pub(super) const KEY: &str = include_str!("key.pem");

/// The id of the key.
pub(super) const KEY_ID: &str = "0f00000000000000000000000000000000000001";

/// The service account's address.
pub(super) const EMAIL: &str = "covibe@covibe-sandbox.iam.gserviceaccount.com";

/// The only grant that is simulated.
const GRANT: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// The lifetime of a token, in seconds.
const LIFETIME: u64 = 3599;

/// The longest lifetime of an assertion, in seconds.
const ASSERTION: i64 = 3600;

/// The tokens of a project.
pub(super) struct Tokens {
    /// The endpoint's own address, which an assertion must be for.
    audience: String,
    clock: Clock,
    public_key: Vec<u8>,
    /// The token that the simulator shows to its owner, which does not expire.
    own: String,
    issued: Vec<Issued>,
}

struct Issued {
    token: String,
    scope: String,
    expires: Instant,
}

impl Tokens {
    /// Creates the endpoint at that address.
    pub(super) fn new(url: &str, clock: Clock, own: String) -> Result<Self, &'static str> {
        let base64: String = KEY.lines().filter(|line| !line.starts_with("-----")).collect();
        let der = STANDARD.decode(base64).map_err(|_| "the key is not PEM")?;
        let key = RsaKeyPair::from_pkcs8(&der).map_err(|_| "the key is not RSA")?;
        let public_key = key.public_key().as_ref().to_vec();
        Ok(Self { audience: format!("{url}{PATH}"), clock, public_key, own, issued: Vec::new() })
    }

    /// Answers `POST /token`.
    pub(super) fn by_assertion(&mut self, request: &Request, settings: &Settings) -> ReplyResult {
        let form: BTreeMap<_, _> = form_urlencoded::parse(&request.body).collect();
        if form.get("grant_type").map(AsRef::as_ref) != Some(GRANT) {
            return Err(errors::token(400, "unsupported_grant_type", "Invalid grant_type."));
        }
        let assertion = form.get("assertion").map(AsRef::as_ref).unwrap_or_default();
        if settings.key_disabled {
            return Err(errors::token(400, "invalid_grant", "Invalid JWT Signature."));
        }
        let claims = self.verified(assertion)?;
        let scope = claims["scope"].as_str().unwrap_or_default();
        if scope.is_empty() {
            return Err(errors::token(400, "invalid_scope", "Missing or invalid scope."));
        }
        Ok(self.issue(scope))
    }

    /// Answers the metadata server's path.
    pub(super) fn by_metadata(&mut self, request: &Request) -> ReplyResult {
        if request.header("metadata-flavor") != "Google" {
            return Err(errors::page(403, "Your client does not have permission."));
        }
        let scope = request.query.get("scopes").map_or("", String::as_str).replace(',', " ");
        Ok(self.issue(&scope).header("Metadata-Flavor", &"Google"))
    }

    /// Returns the scopes of a request's token, or 401.
    pub(super) fn scopes(&self, request: &Request) -> Result<&str, Reply> {
        let header = request.authorization.as_deref().unwrap_or_default();
        let token = header.strip_prefix("Bearer ").ok_or_else(|| errors::refusal(401))?;
        if token == self.own {
            return Ok("https://www.googleapis.com/auth/cloud-platform");
        }
        let mut valid = self.issued.iter().filter(|one| self.clock.now() < one.expires);
        let found = valid.find(|one| one.token == token);
        found.map(|one| one.scope.as_str()).ok_or_else(|| errors::refusal(401))
    }

    /// Lists the tokens by their scopes.
    pub(super) fn names(&self) -> Vec<String> {
        self.issued.iter().map(|one| one.scope.clone()).collect()
    }

    fn issue(&mut self, scope: &str) -> Reply {
        let token = format!("ya29.c.{}", random::alphanumeric(120));
        let expires = self.clock.now() + Duration::from_secs(LIFETIME);
        let answer =
            json!({ "access_token": token, "expires_in": LIFETIME, "token_type": "Bearer" });
        self.issued.push(Issued { token, scope: scope.to_owned(), expires });
        Reply::json(200, answer)
    }

    /// Returns the claims of an assertion that the key signed for this endpoint and for now.
    fn verified(&self, assertion: &str) -> Result<Value, Reply> {
        let refused = |text| errors::token(400, "invalid_grant", text);
        let (message, signature) =
            assertion.rsplit_once('.').ok_or_else(|| refused("Invalid JWT."))?;
        let (header, claims) = message.split_once('.').ok_or_else(|| refused("Invalid JWT."))?;
        let (header, claims) = (decoded(header), decoded(claims));
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap_or_default();
        let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, &self.public_key);
        let is_signed = header["alg"] == "RS256"
            && header["kid"] == KEY_ID
            && key.verify(message.as_bytes(), &signature).is_ok();
        if !is_signed {
            return Err(refused("Invalid JWT Signature."));
        }
        if claims["iss"] != EMAIL || claims["aud"] != self.audience.as_str() {
            return Err(refused("Invalid JWT: iss or aud."));
        }
        let now = timestamp().as_millis() / 1000;
        let time = |name: &str| claims[name].as_i64().unwrap_or_default();
        let (issued, expires) = (time("iat"), time("exp"));
        if issued > now + 60 || expires <= now || expires - issued > ASSERTION {
            return Err(refused("Invalid JWT: Token must be a short-lived token."));
        }
        Ok(claims)
    }
}

fn decoded(part: &str) -> Value {
    let bytes = URL_SAFE_NO_PAD.decode(part).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}
