//! The signed assertion that a token is asked for with: a JWT with RS256 (RFC 7515, RFC 7523).

use std::time::{SystemTime, UNIX_EPOCH};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use covibe_domain::Secret;
use ring::rand::SystemRandom;
use ring::signature::RSA_PKCS1_SHA256;
use serde_json::json;

use super::key_file::KeyFile;

/// The longest lifetime of an assertion that Google accepts, in seconds.
const LIFETIME: u64 = 3600;

/// Returns an assertion for these scopes (separated by spaces); `None` where the key can't sign.
pub(super) fn sign_assertion(key_file: &KeyFile, scope: &str, now: SystemTime) -> Option<Secret> {
    let issued = now.duration_since(UNIX_EPOCH).ok()?.as_secs();
    let header = json!({ "alg": "RS256", "typ": "JWT", "kid": key_file.key_id() });
    let claims = json!({
        "iss": key_file.email(),
        "scope": scope,
        "aud": key_file.token_url().as_str(),
        "iat": issued,
        "exp": issued + LIFETIME,
    });
    let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let message = format!(
        "{}.{}",
        encode(header.to_string().as_bytes()),
        encode(claims.to_string().as_bytes())
    );
    let key = key_file.key();
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).ok()?;
    Some(Secret::new(format!("{message}.{}", encode(&signature))))
}
