//! The keys that tokens are signed by.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::signature::RsaKeyPair;

use super::options::Key;

/// The keys: the two of the environment, and one of somebody else.
pub(super) struct Signer {
    first: RsaKeyPair,
    second: RsaKeyPair,
    /// One of somebody else, which is published nowhere.
    pub(super) foreign: RsaKeyPair,
}

impl Signer {
    pub(super) fn new() -> Result<Self, &'static str> {
        Ok(Self {
            first: pair(include_str!("first.pem"))?,
            second: pair(include_str!("second.pem"))?,
            foreign: pair(include_str!("foreign.pem"))?,
        })
    }

    /// Returns a key of the environment.
    pub(super) fn key(&self, key: Key) -> &RsaKeyPair {
        match key {
            Key::First => &self.first,
            Key::Second => &self.second,
        }
    }
}

fn pair(pem: &str) -> Result<RsaKeyPair, &'static str> {
    let base64: String = pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = STANDARD.decode(base64).map_err(|_| "the key is not PEM")?;
    RsaKeyPair::from_pkcs8(&der).map_err(|_| "the key is not RSA")
}

/// Returns the id of a key.
pub(super) fn kid(key: Key) -> &'static str {
    match key {
        Key::First => "sso_oidc_key_pair_01FIRST",
        Key::Second => "sso_oidc_key_pair_01SECOND",
    }
}
