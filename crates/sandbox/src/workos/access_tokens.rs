//! Access tokens, signed with RS256, and the published keys.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::hmac;
use ring::rand::SystemRandom;
use ring::signature::{KeyPair as _, RSA_PKCS1_SHA256, RsaPublicKeyComponents};
use serde_json::{Value, json};

use super::model::{Session, WorkOsState};
use super::options::{CLIENT_ID, TokenTrouble};
use super::signing_keys::kid;
use crate::core::clock::timestamp;
use crate::core::random;
use crate::core::request_types::Reply;

/// The lifetime of a token, in seconds.
const LIFETIME: i64 = 300;

/// The issuer of the tokens, in every environment with WorkOS' own domain.
const ISSUER: &str = "https://api.workos.com/";

/// Answers `GET /sso/jwks/{client_id}`.
pub(super) fn published_keys(state: &WorkOsState) -> Reply {
    let shown = state.settings.published.iter().map(|key| {
        let public = RsaPublicKeyComponents::<Vec<u8>>::from(state.signer.key(*key).public());
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({
            "alg": "RS256",
            "kty": "RSA",
            "use": "sig",
            "n": encode(&public.n),
            "e": encode(&public.e),
            "kid": kid(*key),
            "x5c": ["MII="],
            "x5t#S256": "AA",
        })
    });
    Reply::json(200, json!({ "keys": shown.collect::<Vec<_>>() }))
}

/// Returns an access token of a session.
pub(super) fn access_token(state: &WorkOsState, session: &Session) -> Option<String> {
    let mut claims = claims_of(state, session);
    spoil(state, &mut claims);
    let trouble = state.settings.trouble;
    let (alg, kid) = match trouble {
        Some(TokenTrouble::Unsigned) => ("none", kid(state.settings.signs)),
        Some(TokenTrouble::SharedSecret) => ("HS256", kid(state.settings.signs)),
        Some(TokenTrouble::UnknownKey) => ("RS256", "sso_oidc_key_pair_01UNKNOWN"),
        _ => ("RS256", kid(state.settings.signs)),
    };
    let header = json!({ "alg": alg, "kid": kid });
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let message = format!("{}.{}", encode(&header), encode(&claims));
    let signature = URL_SAFE_NO_PAD.encode(signature(state, &message)?);
    Some(format!("{message}.{signature}"))
}

fn signature(state: &WorkOsState, message: &str) -> Option<Vec<u8>> {
    let key = match state.settings.trouble {
        Some(TokenTrouble::Unsigned) => return Some(Vec::new()),
        Some(TokenTrouble::SharedSecret) => {
            let secret = state.signer.key(state.settings.signs).public_key();
            let secret = hmac::Key::new(hmac::HMAC_SHA256, secret.as_ref());
            return Some(hmac::sign(&secret, message.as_bytes()).as_ref().to_vec());
        }
        Some(TokenTrouble::ForeignKey) => &state.signer.foreign,
        _ => state.signer.key(state.settings.signs),
    };
    let mut signature = vec![0; key.public().modulus_len()];
    let signed =
        key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature);
    signed.ok().map(|()| signature)
}

fn claims_of(state: &WorkOsState, session: &Session) -> Value {
    let now = timestamp().as_millis() / 1000;
    let mut claims = json!({
        "iss": ISSUER,
        "sub": session.user,
        "sid": session.id,
        "jti": random::alphanumeric(26).to_ascii_uppercase(),
        "client_id": CLIENT_ID,
        "iat": now,
        "exp": now + LIFETIME,
    });
    if let Some(organization) = &session.organization {
        let role = state.active(&session.user, organization).map(|one| one.role.clone());
        claims["org_id"] = json!(organization);
        claims["roles"] = json!(role.iter().collect::<Vec<_>>());
        claims["role"] = json!(role);
        claims["permissions"] = json!([]);
    }
    claims
}

fn spoil(state: &WorkOsState, claims: &mut Value) {
    let now = timestamp().as_millis() / 1000;
    let (name, value) = match state.settings.trouble {
        Some(TokenTrouble::Expired) => ("exp", json!(now - 1)),
        Some(TokenTrouble::Early) => ("nbf", json!(now + 86_400)),
        Some(TokenTrouble::Audience) => ("aud", json!("client_01OTHER")),
        Some(TokenTrouble::Client) => ("client_id", json!("client_01OTHER")),
        Some(TokenTrouble::Issuer) => ("iss", json!("https://issuer.invalid/")),
        Some(TokenTrouble::Subject) => ("sub", json!("user_01OTHER")),
        Some(TokenTrouble::Organization) => ("org_id", json!("org_01OTHER")),
        Some(TokenTrouble::Endless) => ("exp", Value::Null),
        _ => return,
    };
    claims[name] = value;
}
