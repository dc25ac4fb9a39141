//! AES-256-GCM encryption of the few secrets that must be read again (Gitea PATs).
//!
//! A sealed text is `v1.<key id>.<base64url of nonce and ciphertext>`. The key id allows rotation. The
//! kind of secret and its owner are the associated data, so that a sealed text that was moved to another
//! row can't be opened.

use std::fmt;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use covibe_domain::Secret;
use hmac::{Hmac, Mac as _};
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

const VERSION: &str = "v1";
const NONCE_BYTES: usize = 12;

/// `VIBN_SECRETS_KEY` does not contain valid keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected the base64 of 32 bytes, or several separated by commas, the newest first")]
pub struct SecretsKeyError;

/// Why a text can't be sealed or opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BoxError {
    /// It was sealed with a key that is no longer configured.
    #[error("encrypted with a key that is not configured")]
    UnknownKey,
    /// It is damaged, or was sealed as another kind of secret or for another owner.
    #[error("the encrypted text is damaged, or belongs to another record")]
    Damaged,
}

struct Key {
    id: String,
    cipher: Aes256Gcm,
    /// Makes secrets that need not be stored.
    derived: Fingerprint,
}

/// Identifies texts without revealing them.
type Fingerprint = Hmac<Sha256>;

/// Seals with its newest key, and opens with any of its keys.
pub struct SecretBox {
    newest: Key,
    older: Vec<Key>,
    fingerprint: Fingerprint,
}

impl fmt::Debug for SecretBox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SecretBox({} keys)", 1 + self.older.len())
    }
}

impl Key {
    fn new(bytes: &[u8]) -> Result<Self, SecretsKeyError> {
        let cipher = Aes256Gcm::new_from_slice(bytes).map_err(|_| SecretsKeyError)?;
        let id = hex::encode(&Sha256::digest(bytes)[..4]);
        let hash = Sha256::new().chain_update("covibe:derived:").chain_update(bytes).finalize();
        let derived = Fingerprint::new_from_slice(&hash).map_err(|_| SecretsKeyError)?;
        Ok(Self { id, cipher, derived })
    }
}

impl SecretBox {
    /// Creates a box from `VIBN_SECRETS_KEY`: the base64 of 32 bytes, or during a rotation several,
    /// separated by commas, the newest first.
    pub fn from_config(text: &Secret) -> Result<Self, SecretsKeyError> {
        let mut keys = text.expose().split(',').map(|part| {
            let bytes = Zeroizing::new(STANDARD.decode(part.trim()).map_err(|_| SecretsKeyError)?);
            Key::new(&bytes)
        });
        let newest = keys.next().ok_or(SecretsKeyError)??;
        let older = keys.collect::<Result<_, _>>()?;
        Ok(Self { newest, older, fingerprint: fingerprint_key(text)? })
    }

    /// Creates a box from a password that nobody can guess: at least 32 random characters.
    pub fn from_password(password: &Secret) -> Result<Self, SecretsKeyError> {
        let bytes = Sha256::new().chain_update("covibe:password:").chain_update(password.expose());
        Self::from_config(&Secret::new(STANDARD.encode(bytes.finalize())))
    }

    /// Returns a new random value for `VIBN_SECRETS_KEY`.
    pub fn fresh_config() -> Secret {
        Secret::new(STANDARD.encode(Zeroizing::new(crate::random::<32>())))
    }

    /// Seals a secret as `what` of `owner`.
    pub fn seal(&self, what: &str, owner: &str, secret: &Secret) -> Result<String, BoxError> {
        let nonce = crate::random::<NONCE_BYTES>();
        let aad = associated(what, owner);
        let payload = Payload { msg: secret.expose().as_bytes(), aad: aad.as_bytes() };
        let sealed = self.newest.cipher.encrypt(&Nonce::from(nonce), payload);
        let sealed = sealed.map_err(|_| BoxError::Damaged)?;
        let body = URL_SAFE_NO_PAD.encode([nonce.as_slice(), &sealed].concat());
        Ok(format!("{VERSION}.{}.{body}", self.newest.id))
    }

    /// Opens a text that was sealed as `what` of `owner`.
    pub fn open(&self, what: &str, owner: &str, sealed: &str) -> Result<Secret, BoxError> {
        let mut parts = sealed.splitn(3, '.');
        let (Some(VERSION), Some(id), Some(body)) = (parts.next(), parts.next(), parts.next())
        else {
            return Err(BoxError::Damaged);
        };
        let key = self.key(id).ok_or(BoxError::UnknownKey)?;
        let bytes = URL_SAFE_NO_PAD.decode(body).map_err(|_| BoxError::Damaged)?;
        let (nonce, msg) = bytes.split_first_chunk::<NONCE_BYTES>().ok_or(BoxError::Damaged)?;
        let aad = associated(what, owner);
        let opened = key.cipher.decrypt(&Nonce::from(*nonce), Payload { msg, aad: aad.as_bytes() });
        let bytes = Zeroizing::new(opened.map_err(|_| BoxError::Damaged)?);
        std::str::from_utf8(&bytes).map(Secret::new).map_err(|_| BoxError::Damaged)
    }

    /// Returns a text's fingerprint: 64 hexadecimal digits that are the same for the same text. Without
    /// the key they can't confirm a guess of the text.
    pub fn fingerprint(&self, text: &[u8]) -> String {
        hex::encode(self.fingerprint.clone().chain_update(text).finalize().into_bytes())
    }

    /// Returns a text's fingerprint by a key of its owner's own: two owners of the same text have
    /// different ones.
    pub fn fingerprint_for(&self, owner: &str, text: &[u8]) -> String {
        let key = self.fingerprint.clone().chain_update(associated("owner", owner)).finalize();
        let key = Fingerprint::new_from_slice(&key.into_bytes());
        // A key of any length is valid.
        key.map(|key| hex::encode(key.chain_update(text).finalize().into_bytes()))
            .unwrap_or_default()
    }

    /// Returns secrets that are the same for the same `what` of `owner`, one for each key: 64 hexadecimal digits, the
    /// newest key's first. They need not be stored, and reveal nothing about the keys.
    pub fn derived(&self, what: &str, owner: &str) -> Vec<Secret> {
        let text = associated(what, owner);
        let of = |key: &Key| {
            let digest = key.derived.clone().chain_update(&text).finalize().into_bytes();
            Secret::new(hex::encode(digest))
        };
        std::iter::once(&self.newest).chain(&self.older).map(of).collect()
    }

    /// Returns the ids of its keys, the newest first: the one that it seals with.
    pub fn key_ids(&self) -> impl Iterator<Item = &str> {
        std::iter::once(&self.newest).chain(&self.older).map(|key| key.id.as_str())
    }

    /// Returns the id of the key that it seals with.
    pub fn newest_id(&self) -> &str {
        &self.newest.id
    }

    /// Returns the id of the key that sealed a text; `None` if the text was not sealed.
    pub fn sealed_by(sealed: &str) -> Option<&str> {
        let mut parts = sealed.splitn(3, '.');
        (parts.next() == Some(VERSION)).then(|| parts.next())?.filter(|_| parts.next().is_some())
    }

    fn key(&self, id: &str) -> Option<&Key> {
        std::iter::once(&self.newest).chain(&self.older).find(|key| key.id == id)
    }
}

/// Derives the fingerprint key from the newest key. It can't open sealed texts.
fn fingerprint_key(config: &Secret) -> Result<Fingerprint, SecretsKeyError> {
    let newest = config.expose().split(',').next().unwrap_or_default().trim();
    let hash = Sha256::new().chain_update("covibe:fingerprint:").chain_update(newest).finalize();
    Fingerprint::new_from_slice(&hash).map_err(|_| SecretsKeyError)
}

fn associated(what: &str, owner: &str) -> String {
    format!("covibe:{what}:{owner}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_box_of_another_password_cannot_open_a_sealed_text() {
        let of = |password: &str| SecretBox::from_password(&Secret::new(password)).unwrap();
        let sealed = of("one").seal("cookie", "a", &Secret::new("text")).unwrap();
        assert_eq!(of("one").open("cookie", "a", &sealed).unwrap().expose(), "text");
        assert_eq!(of("other").open("cookie", "a", &sealed), Err(BoxError::UnknownKey));
    }

    fn new_box() -> (Secret, SecretBox) {
        let config = SecretBox::fresh_config();
        let keys = SecretBox::from_config(&config).unwrap();
        (config, keys)
    }

    #[test]
    fn opens_only_for_the_same_kind_and_owner() {
        let (_, keys) = new_box();
        let sealed = keys.seal("pat", "ws_mark", &Secret::new("s3cret")).unwrap();
        assert!(!sealed.contains("s3cret"));
        assert_eq!(keys.open("pat", "ws_mark", &sealed).unwrap().expose(), "s3cret");
        assert_eq!(keys.open("pat", "ws_other", &sealed), Err(BoxError::Damaged));
        assert_eq!(keys.open("key", "ws_mark", &sealed), Err(BoxError::Damaged));
        assert_ne!(keys.seal("pat", "ws_mark", &Secret::new("s3cret")).unwrap(), sealed);
    }

    #[test]
    fn opens_with_older_keys_during_a_rotation() {
        let (old_config, old) = new_box();
        let (new_config, new) = new_box();
        let sealed = old.seal("pat", "ws_mark", &Secret::new("s")).unwrap();
        assert_eq!(new.open("pat", "ws_mark", &sealed), Err(BoxError::UnknownKey));
        assert_eq!(SecretBox::sealed_by(&sealed), Some(old.newest_id()));
        let both = Secret::new(format!("{},{}", new_config.expose(), old_config.expose()));
        let both = SecretBox::from_config(&both).unwrap();
        assert_eq!(both.open("pat", "ws_mark", &sealed).unwrap().expose(), "s");
        assert!(both.key_ids().eq([new.newest_id(), old.newest_id()]));
        let resealed = both.seal("pat", "ws_mark", &Secret::new("s")).unwrap();
        assert!(new.open("pat", "ws_mark", &resealed).is_ok());
    }

    #[test]
    fn derived_secrets_of_old_keys_are_kept_during_a_rotation() {
        let ((new_config, new), (old_config, old)) = (new_box(), new_box());
        let both = Secret::new(format!("{},{}", new_config.expose(), old_config.expose()));
        let both = SecretBox::from_config(&both).unwrap();
        let of = |keys: &SecretBox, owner: &str| -> Vec<String> {
            keys.derived("hook", owner).iter().map(|secret| secret.expose().to_owned()).collect()
        };
        assert_eq!(of(&both, "ws_mark"), [of(&new, "ws_mark"), of(&old, "ws_mark")].concat());
        assert_ne!(of(&new, "ws_mark"), of(&new, "ws_other"));
        assert_ne!(of(&new, "ws_mark"), [new.fingerprint(b"covibe:hook:ws_mark")]);
        assert_eq!(of(&new, "ws_mark")[0].len(), 64);
    }

    #[test]
    fn fingerprints_differ_by_key_and_text() {
        let ((_, one), (_, other)) = (new_box(), new_box());
        assert_eq!(one.fingerprint(b"hunter2"), one.fingerprint(b"hunter2"));
        assert_ne!(one.fingerprint(b"hunter2"), one.fingerprint(b"hunter3"));
        assert_ne!(one.fingerprint(b"hunter2"), other.fingerprint(b"hunter2"));
    }

    #[test]
    fn fingerprints_differ_by_owner_key_and_text() {
        let ((_, one), (_, other)) = (new_box(), new_box());
        let mark = one.fingerprint_for("ten_mark", b"hunter2");
        assert_eq!(mark, one.fingerprint_for("ten_mark", b"hunter2"));
        assert_eq!(mark.len(), 64);
        assert_ne!(mark, one.fingerprint_for("ten_justine", b"hunter2"));
        assert_ne!(mark, one.fingerprint_for("ten_mark", b"hunter3"));
        assert_ne!(mark, other.fingerprint_for("ten_mark", b"hunter2"));
        assert_ne!(mark, one.fingerprint(b"hunter2"));
    }

    #[test]
    fn rejects_invalid_keys() {
        for bad in ["", "short", "AAAA", "not base64!"] {
            assert!(SecretBox::from_config(&Secret::new(bad)).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn opening_any_other_text_fails_without_a_panic(text in ".{0,80}") {
            let (_, keys) = new_box();
            prop_assert!(keys.open("pat", "ws", &text).is_err());
        }
    }
}
