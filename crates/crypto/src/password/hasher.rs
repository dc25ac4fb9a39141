//! Hashing one password after the other in the same block of memory.

use std::str::FromStr as _;

use argon2::password_hash::phc::{Output, PasswordHash as Phc, Salt};
use argon2::{Algorithm, Argon2, Block, Params, Version};
use covibe_domain::Secret;

use super::{HashError, Password, PasswordHash, Verdict, bounded, composed};

/// The number of random bytes in the salt of each hash.
const SALT_BYTES: usize = 16;

/// Hashes passwords and compares them with hashes. It keeps the 19 MiB that this takes from its first use on: memory
/// that is freed after each password stays with the thread that allocated it.
#[derive(Default)]
pub struct Hasher(Vec<Block>);

impl Hasher {
    /// Hashes a password with a random salt.
    ///
    /// # Errors
    ///
    /// If there is no memory for it.
    pub fn hash(&mut self, password: &Password) -> Result<PasswordHash, HashError> {
        self.hash_text(password.0.expose())
    }

    /// Compares a typed password with a hash. Without a hash, it does the same work, so that the time does not reveal
    /// whether there is one.
    ///
    /// # Errors
    ///
    /// If memory is short, or the stored text is not a hash, or one that takes more memory.
    pub fn verify(
        &mut self,
        typed: &Secret,
        stored: Option<&PasswordHash>,
    ) -> Result<Verdict, HashError> {
        let typed = composed(bounded(typed.expose()));
        let Some(stored) = stored else {
            return self.hash_text(typed.expose()).map(|_| Verdict::Wrong);
        };
        let known = Phc::from_str(stored.as_str()).map_err(|_| HashError)?;
        let (Some(salt), Some(expected)) = (&known.salt, &known.hash) else {
            return Err(HashError);
        };
        let algorithm = Algorithm::try_from(known.algorithm.as_str()).map_err(|_| HashError)?;
        let version = known.version.map_or(Ok(Version::default()), Version::try_from);
        let params = Params::try_from(&known).map_err(|_| HashError)?;
        let argon2 = Argon2::new(algorithm, version.map_err(|_| HashError)?, params);
        // It is compared in constant time.
        let is_right = self.output(&argon2, typed.expose(), salt, expected.len())? == *expected;
        Ok(match is_right {
            true if stored.is_outdated() => Verdict::Outdated,
            true => Verdict::Right,
            false => Verdict::Wrong,
        })
    }

    fn hash_text(&mut self, text: &str) -> Result<PasswordHash, HashError> {
        let salt = Salt::new(&crate::random::<SALT_BYTES>()).map_err(|_| HashError)?;
        let argon2 = hasher();
        let output = self.output(&argon2, text, &salt, Params::DEFAULT_OUTPUT_LEN)?;
        let hash = Phc {
            algorithm: Algorithm::Argon2id.ident(),
            version: Some(Version::V0x13.into()),
            params: argon2.params().try_into().map_err(|_| HashError)?,
            salt: Some(salt),
            hash: Some(output),
        };
        Ok(PasswordHash(hash.to_string()))
    }

    fn output(
        &mut self,
        argon2: &Argon2<'_>,
        text: &str,
        salt: &Salt,
        length: usize,
    ) -> Result<Output, HashError> {
        let memory = self.memory(argon2.params().block_count())?;
        let mut buffer = [0; Output::MAX_LENGTH];
        let output = buffer.get_mut(..length).ok_or(HashError)?;
        let hashed = argon2.hash_password_into_with_memory(text.as_bytes(), salt, output, memory);
        hashed.map_err(|_| HashError)?;
        Output::new(output).map_err(|_| HashError)
    }

    /// Returns so many blocks of the memory, which is there from its first use on.
    fn memory(&mut self, blocks: usize) -> Result<&mut [Block], HashError> {
        let most = Params::default().block_count();
        if self.0.is_empty() {
            self.0.try_reserve_exact(most).map_err(|_| HashError)?;
            self.0.resize(most, Block::new());
        }
        self.0.get_mut(..blocks).ok_or(HashError)
    }
}

impl std::fmt::Debug for Hasher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Hasher(…)")
    }
}

/// Returns a hasher with the parameters that OWASP recommends: 19 MiB, two passes, one lane.
fn hasher() -> Argon2<'static> {
    Argon2::new(Algorithm::Argon2id, Version::V0x13, Params::default())
}

#[cfg(test)]
mod tests {
    use argon2::password_hash::PasswordVerifier as _;

    use super::*;

    #[test]
    fn hashes_verify_with_the_reference_library_and_reuse_the_same_memory() {
        let mut hasher = Hasher::default();
        let password = Password::new(&Secret::new("hunter2 hunter2")).unwrap();
        let first = hasher.hash(&password).unwrap();
        let (memory, length) = (hasher.0.as_ptr(), hasher.0.len());
        for _ in 0..3 {
            let stored = hasher.hash(&password).unwrap();
            let reference = super::hasher().verify_password(b"hunter2 hunter2", stored.as_str());
            assert!(reference.is_ok(), "{reference:?}");
            let verdict = hasher.verify(&Secret::new("hunter2 hunter2"), Some(&first));
            assert_eq!(verdict, Ok(Verdict::Right));
            assert_eq!(hasher.verify(&Secret::new("x"), None), Ok(Verdict::Wrong));
        }
        assert_eq!((hasher.0.as_ptr(), hasher.0.len()), (memory, length));
        assert_eq!(length * Block::SIZE, 19 * 1024 * 1024);
    }

    #[test]
    fn verifying_a_hash_that_needs_more_memory_is_an_error() {
        let stored = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$RdescudvJCsgt3ub+b7dWRWJTmaaJObG";
        let stored = PasswordHash::from_stored(stored);
        assert_eq!(Hasher::default().verify(&Secret::new("x"), Some(&stored)), Err(HashError));
    }
}
