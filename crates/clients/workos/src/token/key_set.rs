//! The published keys of a client, as a JSON Web Key Set (RFC 7517).

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use serde::Deserialize;

use super::token_format::Signed;
use crate::error::TokenError;

/// The maximum number of keys of a set.
const MOST: usize = 32;

/// The keys by their ids.
#[derive(Debug)]
pub(super) struct KeySet(BTreeMap<String, PublicKey>);

#[derive(Debug)]
struct PublicKey {
    modulus: Vec<u8>,
    exponent: Vec<u8>,
}

#[derive(Deserialize)]
pub(super) struct Published {
    keys: Vec<Wire>,
}

#[derive(Deserialize)]
struct Wire {
    kid: Option<String>,
    kty: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    alg: Option<String>,
    n: Option<String>,
    e: Option<String>,
}

impl KeySet {
    /// Reads a set; `None` for one with too many keys, or with two of one id. Keys of other kinds
    /// and for other purposes are left out.
    pub(super) fn read(published: Published) -> Option<Self> {
        if published.keys.len() > MOST {
            return None;
        }
        let mut keys = BTreeMap::new();
        for (kid, key) in published.keys.into_iter().filter_map(Wire::key) {
            if keys.insert(kid, key).is_some() {
                return None;
            }
        }
        Some(Self(keys))
    }

    /// Returns whether there is a key of this id.
    pub(super) fn contains_key(&self, kid: &str) -> bool {
        self.0.contains_key(kid)
    }

    /// Returns the number of keys.
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    /// Verifies the signature of a token.
    pub(super) fn verify(&self, signed: &Signed<'_>) -> Result<(), TokenError> {
        let key = self.0.get(&signed.kid).ok_or(TokenError::UnknownKey)?;
        RsaPublicKeyComponents { n: &key.modulus, e: &key.exponent }
            .verify(&RSA_PKCS1_2048_8192_SHA256, signed.message.as_bytes(), &signed.signature)
            .map_err(|_| TokenError::Signature)
    }
}

impl Wire {
    fn key(self) -> Option<(String, PublicKey)> {
        let is_usable = self.kty.as_deref() == Some("RSA")
            && self.purpose.as_deref() == Some("sig")
            && self.alg.as_deref().is_none_or(|alg| alg == "RS256");
        let kid = self.kid.filter(|kid| is_usable && !kid.is_empty())?;
        let decode = |text: String| URL_SAFE_NO_PAD.decode(text).ok();
        Some((kid, PublicKey { modulus: decode(self.n?)?, exponent: decode(self.e?)? }))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(keys: &[Value]) -> Option<Vec<String>> {
        let published = serde_json::from_value(json!({ "keys": keys })).unwrap();
        KeySet::read(published).map(|set| set.0.into_keys().collect())
    }

    fn key(kid: &str) -> Value {
        json!({ "kid": kid, "kty": "RSA", "use": "sig", "alg": "RS256", "n": "AQAB", "e": "AQAB" })
    }

    #[test]
    fn only_rsa_signing_keys_are_used() {
        let mut others = vec![key("good")];
        for (name, value) in [
            ("kty", json!("EC")),
            ("use", json!("enc")),
            ("use", Value::Null),
            ("alg", json!("HS256")),
            ("kid", Value::Null),
            ("kid", json!("")),
            ("n", json!("a+b=")),
            ("e", Value::Null),
        ] {
            let mut other = key("other");
            other[name] = value;
            others.push(other);
        }
        assert_eq!(read(&others), Some(vec!["good".to_owned()]));
    }

    #[test]
    fn a_key_set_with_a_duplicate_id_or_too_many_keys_is_refused() {
        assert_eq!(read(&[key("a"), key("a")]), None);
        let many: Vec<_> = (0..=MOST).map(|number| key(&number.to_string())).collect();
        assert_eq!(read(&many), None);
    }
}
