//! The signature of a delivery.

use covibe_domain::Secret;
use ring::hmac;

/// The secret with which Gitea signs the deliveries of a hook.
#[derive(Clone)]
pub struct HookSecret(Secret);

/// The error for a delivery that is not signed with the secret of its hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unsigned;

/// The prefix of the digits.
const SCHEME: &str = "sha256=";

/// The number of bytes of an HMAC-SHA256.
const BYTES: usize = 32;

impl HookSecret {
    /// The header of the signature of a delivery.
    pub const SIGNATURE_HEADER: &str = "X-Hub-Signature-256";

    /// Takes a secret of at least 32 characters of ASCII without blanks.
    pub fn new(secret: Secret) -> Self {
        Self(secret)
    }

    /// Checks the value of `X-Hub-Signature-256`, `sha256=` and the 64 hexadecimal digits of the
    /// HMAC-SHA256 of the raw body. It takes the same time for each wrong signature.
    pub fn verify(&self, body: &[u8], signature: &str) -> Result<(), Unsigned> {
        hmac::verify(&self.key(), body, &tag(signature)?).map_err(|_| Unsigned)
    }

    /// Returns the value of `X-Hub-Signature-256` of a body.
    pub fn sign(&self, body: &[u8]) -> String {
        format!("{SCHEME}{}", hex::encode(hmac::sign(&self.key(), body)))
    }

    /// Returns a verifier for the signature of a body that comes in pieces.
    pub fn verifier(&self) -> HookVerifier {
        let key = self.key();
        HookVerifier { context: hmac::Context::with_key(&key), key }
    }

    pub(crate) fn expose(&self) -> &str {
        self.0.expose()
    }

    fn key(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, self.0.expose().as_bytes())
    }
}

/// Checks the signature of a body that comes in pieces, and keeps none of them.
#[derive(Clone)]
pub struct HookVerifier {
    key: hmac::Key,
    context: hmac::Context,
}

impl HookVerifier {
    /// Takes the next piece of the body.
    pub fn update(&mut self, piece: &[u8]) {
        self.context.update(piece);
    }

    /// Checks the value of `X-Hub-Signature-256` of all pieces, as [`HookSecret::verify`] does.
    pub fn verify(self, signature: &str) -> Result<(), Unsigned> {
        let (given, own) = (tag(signature)?, self.context.sign());
        // The tags are compared by their own tags, which takes the same time for each wrong one.
        let expected = hmac::sign(&self.key, &given);
        hmac::verify(&self.key, own.as_ref(), expected.as_ref()).map_err(|_| Unsigned)
    }
}

/// Returns the HMAC in a signature.
fn tag(signature: &str) -> Result<[u8; BYTES], Unsigned> {
    let mut tag = [0; BYTES];
    let digits = signature.strip_prefix(SCHEME).ok_or(Unsigned)?;
    hex::decode_to_slice(digits, &mut tag).map_err(|_| Unsigned)?;
    Ok(tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> HookSecret {
        HookSecret::new(Secret::new(text))
    }

    #[test]
    fn only_the_signature_of_the_whole_body_is_accepted() {
        // RFC 4231, test case 2.
        let (key, body) = (secret("Jefe"), b"what do ya want for nothing?".as_slice());
        let right = "sha256=5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";
        assert_eq!(key.sign(body), right);
        assert_eq!(key.verify(body, right), Ok(()));
        assert_eq!(key.verify(&body[1..], right), Err(Unsigned));
        assert_eq!(secret("jefe").verify(body, right), Err(Unsigned));
        let digits = right.trim_start_matches("sha256=");
        for wrong in ["", "sha256=", digits, &right[..70], &format!("{right}00")] {
            assert_eq!(key.verify(body, wrong), Err(Unsigned), "{wrong}");
        }
        assert_eq!(key.verify(body, &right.replace('5', "6")), Err(Unsigned));
    }

    #[test]
    fn a_body_in_pieces_is_verified_by_the_signature_of_the_whole() {
        let (key, body) = (secret("Jefe"), b"what do ya want for nothing?".as_slice());
        let right = key.sign(body);
        for size in [1, 5, 28] {
            let mut verifier = key.verifier();
            body.chunks(size).for_each(|piece| verifier.update(piece));
            assert_eq!(verifier.clone().verify(&right), Ok(()), "{size}");
            assert_eq!(verifier.clone().verify(&right[..70]), Err(Unsigned));
            verifier.update(b"!");
            assert_eq!(verifier.verify(&right), Err(Unsigned));
        }
    }
}
