//! Cryptography in one place: randomness, API keys, the secret box, SSH keypairs.

mod api_key;
mod keypair;
mod secret_box;

pub use api_key::{MintedKey, TOKEN_PREFIX, digest, mint_key};
pub use keypair::{Keypair, keypair};
pub use secret_box::{BoxError, SecretBox, SecretsKeyError};

/// Bytes from the operating system's generator.
///
/// # Panics
///
/// When the system has no randomness to give: nothing may go on without it.
#[expect(clippy::expect_used, reason = "nothing safe can be done without randomness")]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the operating system gives randomness");
    bytes
}

#[cfg(test)]
mod tests {
    #[test]
    fn random_bytes_differ() {
        assert_ne!(super::random::<32>(), super::random::<32>());
    }
}
