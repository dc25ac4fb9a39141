//! Deploy keys of workspaces: Ed25519 keypairs in OpenSSH format.

use covibe_domain::Secret;
use ssh_key::private::{Ed25519Keypair, PrivateKey};
use ssh_key::{HashAlg, LineEnding};
use zeroize::Zeroizing;

/// An SSH keypair.
#[derive(Debug)]
pub struct Keypair {
    /// The private key: `-----BEGIN OPENSSH PRIVATE KEY-----` …
    pub private: Secret,
    /// The public key: `ssh-ed25519 AAAA… comment`.
    pub public: String,
    /// The fingerprint as Gitea and `ssh-keygen -l` show it: `SHA256:…`.
    pub fingerprint: String,
}

/// Creates a keypair with a comment.
pub fn keypair(comment: &str) -> Result<Keypair, ssh_key::Error> {
    let pair = Ed25519Keypair::from_seed(&Zeroizing::new(crate::random::<32>()));
    let mut key = PrivateKey::from(pair);
    key.set_comment(comment);
    Ok(Keypair {
        private: Secret::new(key.to_openssh(LineEnding::LF)?.as_str()),
        public: key.public_key().to_openssh()?,
        fingerprint: key.fingerprint(HashAlg::Sha256).to_string(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn creates_a_public_key_that_matches_the_private_one() {
        let pair = keypair("mark-bot").unwrap();
        let private = PrivateKey::from_openssh(pair.private.expose()).unwrap();
        assert_eq!(private.public_key().to_openssh().unwrap(), pair.public);
        assert!(pair.public.starts_with("ssh-ed25519 ") && pair.public.ends_with(" mark-bot"));
        assert!(pair.fingerprint.starts_with("SHA256:"));
    }
}
