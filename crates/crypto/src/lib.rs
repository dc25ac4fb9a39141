//! Cryptography: randomness, API keys, passwords, the secret box, SSH keypairs.

mod api_key;
mod deploy_keypair;
mod digest;
mod message_authentication;
mod password;
mod person_token;
mod secret_box;

pub use api_key::{MintedKey, TOKEN_PREFIX, mint_key};
pub use deploy_keypair::{Keypair, keypair};
pub use digest::digest;
pub use message_authentication::Proofs;
pub use password::{
    HashError, Hasher, PASSWORD_LENGTH, Password, PasswordError, PasswordHash, Verdict,
};
pub use person_token::{MintedToken, TOKEN_LENGTH, mint_token};
pub use secret_box::{BoxError, SecretBox, SecretsKeyError};

/// Returns bytes from the operating system's random number generator.
///
/// # Panics
///
/// If the operating system provides no randomness, because nothing is safe without it.
#[expect(clippy::expect_used, reason = "nothing is safe without randomness")]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system provides randomness");
    bytes
}

#[cfg(test)]
mod tests {
    #[test]
    fn random_returns_different_bytes_each_time() {
        assert_ne!(super::random::<32>(), super::random::<32>());
    }
}
