//! SSH private keys: which Coolify accepts, and what it derives from them.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use sha2::{Digest, Sha256};

/// Derives the public key and fingerprint of a private key.
///
/// They come from the secret half of an OpenSSH key, so a file whose halves do not match is refused.
/// Other formats are only distinguished from each other.
fn derive(private_key: &str) -> Option<(String, String)> {
    let fingerprint = |bytes: &[u8]| STANDARD_NO_PAD.encode(Sha256::digest(bytes));
    if private_key.contains("BEGIN OPENSSH PRIVATE KEY") {
        let key = ssh_key::PrivateKey::from_openssh(private_key).ok()?;
        // Coolify has no passphrase.
        let public = (!key.is_encrypted()).then(|| key.public_key())?;
        let blob = public.to_bytes().ok()?;
        let kind = public.algorithm();
        return Some((format!("{kind} {}", STANDARD.encode(&blob)), fingerprint(&blob)));
    }
    let blob = private_key.as_bytes();
    Some((format!("ssh-rsa {}", STANDARD.encode(Sha256::digest(blob))), fingerprint(blob)))
}

/// A private key as Coolify stores it.
pub(crate) struct ParsedKey {
    pub(crate) secret: String,
    pub(crate) public: String,
    pub(crate) fingerprint: String,
}

/// Parses a private key in PEM form.
pub(crate) fn parse(text: &str) -> Option<ParsedKey> {
    let secret = format!("{}\n", text.replace("\r\n", "\n").trim());
    let (public, fingerprint) =
        secret.starts_with("-----BEGIN").then(|| derive(&secret)).flatten()?;
    Some(ParsedKey { secret, public, fingerprint })
}
