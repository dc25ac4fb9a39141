//! The stand-in for SSH between simulators: a client that clones over SSH proves to the simulated Git server that
//! it has a private key, by a header with a signature over the repository's path.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ssh_key::{HashAlg, LineEnding, PrivateKey, PublicKey, SshSig};

/// The header, in lower case.
pub(crate) const HEADER: &str = "x-sandbox-ssh-proof";

/// The purpose of the signatures: one for something else proves nothing.
const NAMESPACE: &str = "covibe-sandbox-git";

/// Returns the header's value for `owner/repository`; none for a key of another type than Ed25519.
pub(crate) fn prove(private_key: &str, path: &str) -> Option<String> {
    let key = PrivateKey::from_openssh(private_key).ok()?;
    let signature = key.sign(NAMESPACE, HashAlg::Sha512, path.as_bytes()).ok()?;
    Some(STANDARD.encode(signature.to_pem(LineEnding::LF).ok()?))
}

/// Returns the public key, as `ssh-ed25519 AAAA…`, whose private half the sender of this value has; none where
/// the signature is for another path.
pub(crate) fn proven(value: &str, path: &str) -> Option<String> {
    let pem = STANDARD.decode(value).ok()?;
    let signature = SshSig::from_pem(pem).ok()?;
    let key = PublicKey::from(signature.public_key().clone());
    key.verify(NAMESPACE, path.as_bytes(), &signature).ok()?;
    key.to_openssh().ok().map(|text| text.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use ssh_key::private::Ed25519Keypair;

    use super::*;

    #[test]
    fn a_proof_is_valid_only_for_its_key_and_its_repository() {
        let key = PrivateKey::from(Ed25519Keypair::from_seed(&[7; 32]));
        let private = key.to_openssh(LineEnding::LF).unwrap();
        let value = prove(&private, "vibn-mark/site").unwrap();
        let public = key.public_key().to_openssh().unwrap();
        assert_eq!(proven(&value, "vibn-mark/site").as_deref(), Some(public.trim()));
        assert_eq!(proven(&value, "vibn-mark/shop"), None);
        assert_eq!((proven("", "vibn-mark/site"), prove("", "vibn-mark/site")), (None, None));
    }
}
