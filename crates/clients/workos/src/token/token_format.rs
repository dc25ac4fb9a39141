//! The form of a token: header, claims and signature, each in base64url.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;

use crate::error::TokenError;

/// The longest token, in bytes: the permissions of a role may be many.
const LONGEST: usize = 16 * 1024;

/// A token that was taken apart and not verified yet.
pub(super) struct Signed<'a> {
    /// The id of the key.
    pub(super) kid: String,
    /// The text that was signed.
    pub(super) message: &'a str,
    /// The signature.
    pub(super) signature: Vec<u8>,
    /// The claims, as JSON.
    pub(super) claims: Vec<u8>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    kid: Option<String>,
    /// Extensions that must be understood; there are none.
    crit: Option<serde::de::IgnoredAny>,
}

impl<'a> Signed<'a> {
    /// Takes a token apart. Only RS256 is accepted, so that neither `none` nor the public key as a shared
    /// secret of HMAC gets any further.
    pub(super) fn parse(token: &'a str) -> Result<Self, TokenError> {
        if token.len() > LONGEST {
            return Err(TokenError::Form);
        }
        let (message, signature) = token.rsplit_once('.').ok_or(TokenError::Form)?;
        let (header, claims) = message.split_once('.').ok_or(TokenError::Form)?;
        let header: Header =
            serde_json::from_slice(&decode_part(header)?).map_err(|_| TokenError::Form)?;
        if header.alg != "RS256" {
            return Err(TokenError::Algorithm);
        }
        let kid = header.kid.filter(|kid| !kid.is_empty()).ok_or(TokenError::Form)?;
        if header.crit.is_some() {
            return Err(TokenError::Form);
        }
        let (signature, claims) = (decode_part(signature)?, decode_part(claims)?);
        Ok(Self { kid, message, signature, claims })
    }
}

fn decode_part(part: &str) -> Result<Vec<u8>, TokenError> {
    URL_SAFE_NO_PAD.decode(part).map_err(|_| TokenError::Form)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token(header: &str) -> String {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        format!("{}.{}.{}", part(header), part("{}"), part("signature"))
    }

    #[test]
    fn only_rs256_tokens_with_a_key_id_are_parsed() {
        let parsed = |header: &str| Signed::parse(&token(header)).map(|signed| signed.kid).err();
        assert_eq!(parsed(r#"{"alg":"RS256","kid":"a","typ":"JWT"}"#), None);
        for algorithm in ["none", "None", "HS256", "RS512", "ES256", "PS256"] {
            let header = format!(r#"{{"alg":"{algorithm}","kid":"a"}}"#);
            assert_eq!(parsed(&header), Some(TokenError::Algorithm), "{algorithm}");
        }
        for header in [
            r#"{"alg":"RS256"}"#,
            r#"{"alg":"RS256","kid":""}"#,
            r#"{"alg":"RS256","kid":7}"#,
            r#"{"alg":"RS256","kid":"a","crit":["b64"]}"#,
            r#"{"kid":"a"}"#,
            "[]",
        ] {
            assert_eq!(parsed(header), Some(TokenError::Form), "{header}");
        }
    }

    #[test]
    fn malformed_tokens_are_refused() {
        let long = token(r#"{"alg":"RS256","kid":"a"}"#) + &"a".repeat(LONGEST);
        for text in ["", "a", "a.b", "..", "a.b.c.d", "eyJ9.e30.", "e30=.e30=.e30=", &long] {
            assert!(Signed::parse(text).is_err(), "{text}");
        }
    }
}
