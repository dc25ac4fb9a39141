//! Hashing passwords beside the server's other work: a few at once, a bounded number waiting.

use std::sync::Arc;
use std::time::Duration;

use covibe_crypto::{HashError, Password, PasswordHash, Verdict, hash_password, verify_password};
use covibe_domain::{Failure, Kind, Secret};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The number of passwords that are hashed at once: each takes a core and 19 MiB.
const AT_ONCE: usize = 2;

/// The number of callers that may wait for their turn.
const WAITING: usize = 16;

/// How long a refused caller should wait: about the time in which everybody before it gets a turn.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// Hashes and verifies passwords, so that sign-in can't take the server's cores and memory.
#[derive(Clone, Debug)]
pub struct Passwords {
    /// One permit for each caller that waits or is served.
    places: Arc<Semaphore>,
    turns: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            places: Arc::new(Semaphore::new(AT_ONCE + WAITING)),
            turns: Arc::new(Semaphore::new(AT_ONCE)),
        }
    }
}

impl Passwords {
    /// Hashes a password.
    ///
    /// # Errors
    ///
    /// Limited if too many callers wait.
    pub async fn hash(&self, password: Password) -> Result<PasswordHash, Failure> {
        self.run(move || hash_password(&password)).await
    }

    /// Compares a typed password with what is stored. Where nothing is, the work is the same, and the password is wrong.
    ///
    /// # Errors
    ///
    /// Limited if too many callers wait.
    pub async fn verify(
        &self,
        typed: Secret,
        stored: Option<PasswordHash>,
    ) -> Result<Verdict, Failure> {
        self.run(move || verify_password(&typed, stored.as_ref())).await
    }

    /// Does work on a thread that may block. Work that was begun keeps its turn until it ends, even if its caller is gone.
    async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, Failure> {
        let place = Arc::clone(&self.places).try_acquire_owned().map_err(|_| busy())?;
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| busy())?;
        let held: [OwnedSemaphorePermit; 2] = [place, turn];
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(held);
            done
        });
        match done.await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(error)) => Err(unhashed(&error)),
            Err(error) => Err(unhashed(&error)),
        }
    }
}

fn busy() -> Failure {
    Failure::new(Kind::Limited, "Too many people are signing in at this moment.")
        .hint("Try again in a few seconds.")
        .retry_after(RETRY_AFTER)
}

fn unhashed(error: &(dyn std::error::Error + 'static)) -> Failure {
    tracing::error!(error, "a password could not be hashed or compared");
    Failure::unready("The password could not be checked.")
        .hint("Try again in a few seconds. If it stays so, ask the operator.")
        .retry_after(RETRY_AFTER)
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    fn password(text: &str) -> Password {
        Password::new(&Secret::new(text)).unwrap()
    }

    #[tokio::test]
    async fn verifies_what_it_hashed() {
        let passwords = Passwords::default();
        let stored = passwords.hash(password("tremor-basil")).await.unwrap();
        let verify = |typed: &str, stored| passwords.verify(Secret::new(typed), stored);
        assert_eq!(verify("tremor-basil", Some(stored.clone())).await, Ok(Verdict::Right));
        assert_eq!(verify("tremor-basic", Some(stored)).await, Ok(Verdict::Wrong));
        assert_eq!(verify("tremor-basil", None).await, Ok(Verdict::Wrong));
        let damaged = verify("tremor-basil", Some(PasswordHash::stored("x"))).await;
        assert_eq!(damaged.unwrap_err().kind, Kind::Unready);
    }

    /// Callers that leave free no turn before their work has ended: otherwise leaving would start more of it.
    #[tokio::test]
    async fn serves_two_lets_sixteen_wait_and_refuses_the_others() {
        let passwords = Passwords::default();
        let (begun, begins) = mpsc::channel();
        let work = |release: mpsc::Receiver<()>| {
            let begun = begun.clone();
            move || {
                begun.send(()).unwrap();
                release.recv().unwrap_or_default();
                Ok::<_, HashError>(())
            }
        };
        let mut releases = Vec::new();
        let mut callers = Vec::new();
        for _ in 0..AT_ONCE + WAITING {
            let (release, end) = mpsc::channel();
            releases.push(release);
            let (passwords, work) = (passwords.clone(), work(end));
            callers.push(tokio::spawn(async move { passwords.run(work).await }));
        }
        // All have asked once the tasks that were spawned before this one ran.
        tokio::task::yield_now().await;
        let refused = passwords.run(|| Ok::<_, HashError>(())).await.unwrap_err();
        assert_eq!((refused.kind, refused.retry_after), (Kind::Limited, Some(RETRY_AFTER)));
        begins.recv().unwrap();
        begins.recv().unwrap();
        callers[0].abort();
        callers[1].abort();
        assert!(callers.remove(0).await.unwrap_err().is_cancelled());
        assert!(callers.remove(0).await.unwrap_err().is_cancelled());
        assert!(begins.try_recv().is_err(), "nobody else began");
        assert!(passwords.run(|| Ok::<_, HashError>(())).await.is_err(), "their places are taken");
        drop(releases);
        for caller in callers {
            assert_eq!(caller.await.unwrap(), Ok(()));
        }
        assert_eq!(passwords.run(|| Ok::<_, HashError>(3)).await, Ok(3));
    }
}
