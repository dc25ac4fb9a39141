//! Proofs of texts that this installation gave out, so that it need not store them.

use covibe_domain::Secret;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use crate::secret_box::SecretBox;

/// Proves that texts are those that this installation gave out. It has one key of its own for each key of the
/// [`SecretBox`] that it is derived from, the newest first; its keys reveal nothing about those.
pub struct Proofs(Vec<Hmac<Sha256>>);

impl std::fmt::Debug for Proofs {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Proofs({} keys)", self.0.len())
    }
}

impl Proofs {
    /// Returns the proofs of one kind of text.
    pub fn new(keys: &SecretBox, kind: &str) -> Self {
        let keys = keys.derived("proofs", kind);
        // A key of any length is valid.
        let of = |key: &Secret| Hmac::new_from_slice(key.expose().as_bytes()).ok();
        Self(keys.iter().filter_map(of).collect())
    }

    /// Returns the proofs of a text, one for each key, the newest key's first: 64 hexadecimal digits.
    pub fn prove(&self, text: &str) -> Vec<Secret> {
        let by = |key: &Hmac<Sha256>| {
            let mac = key.clone().chain_update(text).finalize().into_bytes();
            Secret::new(hex::encode(mac))
        };
        self.0.iter().map(by).collect()
    }

    /// Returns whether this is the proof of a text, by any of the keys. It takes the same time whatever it is.
    pub fn confirm(&self, text: &str, proof: &str) -> bool {
        let Ok(proof) = hex::decode(proof) else { return false };
        let is_by =
            |key: &Hmac<Sha256>| key.clone().chain_update(text).verify_slice(&proof).is_ok();
        self.0.iter().any(is_by)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proof_holds_for_its_text_and_kind_and_during_a_key_rotation() {
        let (old, new) = (SecretBox::fresh_config(), SecretBox::fresh_config());
        let both = Secret::new(format!("{},{}", new.expose(), old.expose()));
        let proofs = |config: &Secret, kind: &str| {
            Proofs::new(&SecretBox::from_config(config).expect("a key"), kind)
        };
        let proof = proofs(&old, "pages").prove("ses_a").remove(0);
        assert_eq!(proof.expose().len(), 64);
        assert!(proofs(&old, "pages").confirm("ses_a", proof.expose()));
        assert!(proofs(&both, "pages").confirm("ses_a", proof.expose()));
        assert!(!proofs(&new, "pages").confirm("ses_a", proof.expose()));
        assert!(!proofs(&old, "browsers").confirm("ses_a", proof.expose()));
        assert!(!proofs(&old, "pages").confirm("ses_b", proof.expose()));
        for wrong in ["", "x", "ab", &proof.expose()[2..]] {
            assert!(!proofs(&old, "pages").confirm("ses_a", wrong), "{wrong}");
        }
    }
}
