//! Hashing passwords beside the server's other work: on threads of its own, few at once, a bounded number waiting.

mod fair_shares;
mod threads;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use covibe_crypto::{HashError, Hasher, Password, PasswordHash, Verdict};
use covibe_domain::{Failure, Kind, Secret, boxed};
use tokio::sync::{Semaphore, oneshot};

pub use self::fair_shares::Sharer;
use self::fair_shares::Sharers;
use self::threads::Threads;

/// The maximum number of passwords that are hashed at once: each takes a core, and 19 MiB that are kept.
const AT_ONCE: usize = 2;

/// The number of callers that may wait for their turn.
const WAITING: usize = 16;

/// The number of these places that only those get who are known, such as by a browser with which they have signed in: a
/// flood from many networks does not keep them out.
const OF_KNOWN: usize = 4;

/// The time that a refused caller should wait: about the time in which everybody before it gets a turn.
const RETRY_AFTER: Duration = Duration::from_secs(2);

/// Hashes and verifies passwords, so that sign-in can't take the server's cores and memory.
#[derive(Clone, Debug)]
pub struct Passwords {
    /// One permit for each caller that waits or is served.
    places: Arc<Semaphore>,
    /// One permit for each of these who is not known.
    unknown: Arc<Semaphore>,
    sharers: Sharers,
    turns: Arc<Semaphore>,
    threads: Arc<Threads>,
}

impl Default for Passwords {
    /// One core is left to others, where there are several.
    fn default() -> Self {
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Self::at_once(cores.saturating_sub(1).clamp(1, AT_ONCE))
    }
}

impl Passwords {
    fn at_once(number: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(number + WAITING)),
            unknown: Arc::new(Semaphore::new(number + WAITING - OF_KNOWN)),
            sharers: Sharers::default(),
            turns: Arc::new(Semaphore::new(number)),
            threads: Arc::new(Threads::new(number)),
        }
    }

    /// Hashes a password in a share of the places.
    ///
    /// # Errors
    ///
    /// Limited if too many callers wait, in all or of this share.
    #[boxed]
    pub async fn hash(
        &self,
        password: Password,
        of: Option<Sharer>,
    ) -> Result<PasswordHash, Failure> {
        self.run(of, move |hasher| hasher.hash(&password)).await
    }

    /// Compares a typed password with the stored hash. Without a hash, the work is the same, and the password is wrong.
    ///
    /// # Errors
    ///
    /// Limited if too many callers wait, in all or of this share.
    #[boxed]
    pub async fn verify(
        &self,
        typed: Secret,
        stored: Option<PasswordHash>,
        of: Option<Sharer>,
    ) -> Result<Verdict, Failure> {
        self.run(of, move |hasher| hasher.verify(&typed, stored.as_ref())).await
    }

    /// Takes all places of a share.
    #[cfg(test)]
    pub(crate) fn fill(&self, sharer: &Sharer) -> Vec<fair_shares::Share> {
        std::iter::from_fn(|| self.sharers.take(sharer)).collect()
    }

    /// Returns how many passwords were hashed or compared.
    pub(crate) fn count_done(&self) -> u64 {
        self.threads.done.load(Ordering::Relaxed)
    }

    /// Does work on one of the threads. Work that was begun keeps its turn until it ends, even if its caller has left.
    async fn run<T: Send + 'static>(
        &self,
        of: Option<Sharer>,
        work: impl FnOnce(&mut Hasher) -> Result<T, HashError> + Send + 'static,
    ) -> Result<T, Failure> {
        let is_known = of.as_ref().is_none_or(Sharer::is_known);
        let share = match of {
            Some(sharer) => Some(self.sharers.take(&sharer).ok_or_else(busy)?),
            None => None,
        };
        let take =
            |places: &Arc<Semaphore>| Arc::clone(places).try_acquire_owned().map_err(|_| busy());
        let of_unknown = if is_known { None } else { Some(take(&self.unknown)?) };
        let place = take(&self.places)?;
        let turn = Arc::clone(&self.turns).acquire_owned().await.map_err(|_| busy())?;
        let (reply, done) = oneshot::channel();
        let threads = Arc::clone(&self.threads);
        let job = move |hasher: &mut Hasher| {
            let outcome = work(hasher);
            threads.done.fetch_add(1, Ordering::Relaxed);
            drop((place, of_unknown, turn, share));
            // The caller may have left.
            let _unread = reply.send(outcome);
        };
        self.threads.begin(Box::new(job)).map_err(|error| failed_hash(&error))?;
        match done.await {
            Ok(Ok(done)) => Ok(done),
            Ok(Err(error)) => Err(failed_hash(&error)),
            Err(error) => Err(failed_hash(&error)),
        }
    }
}

fn busy() -> Failure {
    Failure::new(Kind::Limited, "Too many people are signing in at the moment.")
        .hint("Try again in a few seconds.")
        .retry_after(RETRY_AFTER)
}

fn failed_hash(error: &(dyn std::error::Error + 'static)) -> Failure {
    tracing::error!(error, "a password could not be hashed or compared");
    Failure::unready("The password could not be checked.")
        .hint("Try again in a few seconds. If that does not help, ask the operator.")
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
    async fn verify_accepts_only_the_password_that_was_hashed() {
        let passwords = Passwords::default();
        assert_eq!(passwords.count_done(), 0);
        let stored = passwords.hash(password("tremor-basil"), None).await.unwrap();
        let verify = |typed: &str, stored| passwords.verify(Secret::new(typed), stored, None);
        assert_eq!(verify("tremor-basil", Some(stored.clone())).await, Ok(Verdict::Right));
        assert_eq!(verify("tremor-basic", Some(stored)).await, Ok(Verdict::Wrong));
        assert_eq!(verify("tremor-basil", None).await, Ok(Verdict::Wrong));
        let damaged = verify("tremor-basil", Some(PasswordHash::from_stored("x"))).await;
        assert_eq!(damaged.unwrap_err().kind, Kind::Unready);
        assert_eq!(passwords.count_done(), 5);
        let broken = passwords.run::<()>(None, |_| panic!("it is broken")).await;
        assert_eq!(broken.unwrap_err().kind, Kind::Unready);
        assert!(passwords.hash(password("tremor-basil"), None).await.is_ok(), "its thread goes on");
    }

    #[tokio::test]
    async fn password_work_runs_on_at_most_two_threads() {
        let passwords = Passwords::default();
        let mut threads = std::collections::HashSet::new();
        for _ in 0..20 {
            threads.insert(passwords.run(None, |_| Ok(thread::current().id())).await.unwrap());
        }
        assert!(threads.len() <= AT_ONCE, "{threads:?}");
        assert!(!threads.contains(&thread::current().id()));
    }

    /// Callers that leave free no turn before their work has ended: otherwise leaving would start more of it.
    #[tokio::test]
    async fn runs_two_jobs_queues_sixteen_and_refuses_further_ones() {
        let passwords = Passwords::at_once(2);
        let (begun, begins) = mpsc::channel();
        let work = |release: mpsc::Receiver<()>| {
            let begun = begun.clone();
            move |_: &mut Hasher| {
                begun.send(()).unwrap();
                release.recv().unwrap_or_default();
                Ok::<_, HashError>(())
            }
        };
        let mut releases = Vec::new();
        let mut callers = Vec::new();
        for _ in 0..2 + WAITING {
            let (release, end) = mpsc::channel();
            releases.push(release);
            let (passwords, work) = (passwords.clone(), work(end));
            callers.push(tokio::spawn(async move { passwords.run(None, work).await }));
        }
        // All have asked once the tasks that were spawned before this one ran.
        tokio::task::yield_now().await;
        let refused = passwords.run(None, |_| Ok::<_, HashError>(())).await.unwrap_err();
        assert_eq!((refused.kind, refused.retry_after), (Kind::Limited, Some(RETRY_AFTER)));
        begins.recv().unwrap();
        begins.recv().unwrap();
        callers[0].abort();
        callers[1].abort();
        assert!(callers.remove(0).await.unwrap_err().is_cancelled());
        assert!(callers.remove(0).await.unwrap_err().is_cancelled());
        assert!(begins.try_recv().is_err(), "nobody else began");
        assert!(
            passwords.run(None, |_| Ok::<_, HashError>(())).await.is_err(),
            "their places are taken"
        );
        drop(releases);
        for caller in callers {
            assert_eq!(caller.await.unwrap(), Ok(()));
        }
        assert_eq!(passwords.run(None, |_| Ok::<_, HashError>(3)).await, Ok(3));
    }

    fn client(address: &str) -> Sharer {
        Sharer::of_client(address.parse().unwrap())
    }

    fn bob() -> Sharer {
        Sharer::Person("usr_bob0".parse().unwrap(), vec!["ten_acme".parse().unwrap()])
    }

    #[tokio::test]
    async fn a_client_leaves_places_of_the_queue_to_others() {
        leaves_places(client("192.0.2.7"), client("192.0.2.8")).await;
    }

    #[tokio::test]
    async fn a_person_in_known_browsers_and_their_network_leave_places_to_each_other() {
        leaves_places(bob(), client("192.0.2.7")).await;
        leaves_places(client("192.0.2.7"), bob()).await;
    }

    #[tokio::test]
    async fn a_flood_from_many_networks_leaves_places_to_a_person_in_a_known_browser() {
        let passwords = Passwords::at_once(1);
        let (release, held) = mpsc::channel::<()>();
        let mut held = Some(held);
        let mut flood = Vec::new();
        for last in 1..=20 {
            let (passwords, held) = (passwords.clone(), held.take());
            let of = client(&format!("192.0.2.{last}"));
            let work = move |_: &mut Hasher| {
                held.map(|held| held.recv());
                Ok::<_, HashError>(())
            };
            flood.push(tokio::spawn(async move { passwords.run(Some(of), work).await }));
        }
        tokio::task::yield_now().await;
        let waits = tokio::spawn({
            let passwords = passwords.clone();
            async move { passwords.run(Some(bob()), |_| Ok::<_, HashError>(7)).await }
        });
        tokio::task::yield_now().await;
        drop(release);
        assert_eq!(waits.await.unwrap(), Ok(7), "it waits, and is not refused");
        let mut refused = 0;
        for caller in flood {
            refused += usize::from(caller.await.unwrap().is_err());
        }
        assert_eq!(refused, 20 - (1 + WAITING - OF_KNOWN));
    }

    /// Fails unless one share is full with as many callers as it may have, and another one then has a place.
    async fn leaves_places(flood: Sharer, other: Sharer) {
        let passwords = Passwords::at_once(1);
        let most = Passwords::at_once(1).fill(&flood).len();
        let (flood, other) = (Some(flood), Some(other));
        let (release, held) = mpsc::channel::<()>();
        let holding = passwords.clone();
        let mut held = Some(held);
        let mut callers = Vec::new();
        for _ in 0..most {
            let (passwords, held, flood) = (holding.clone(), held.take(), flood.clone());
            let work = move |_: &mut Hasher| {
                held.map(|held| held.recv());
                Ok::<_, HashError>(())
            };
            callers.push(tokio::spawn(async move { passwords.run(flood, work).await }));
        }
        tokio::task::yield_now().await;
        let refused = passwords.run(flood.clone(), |_| Ok::<_, HashError>(())).await.unwrap_err();
        assert_eq!(refused.kind, Kind::Limited);
        let waits = tokio::spawn({
            let passwords = passwords.clone();
            async move { passwords.run(other, |_| Ok::<_, HashError>(7)).await }
        });
        tokio::task::yield_now().await;
        drop(release);
        assert_eq!(waits.await.unwrap(), Ok(7), "it waits, and is not refused");
        for caller in callers {
            assert_eq!(caller.await.unwrap(), Ok(()));
        }
        assert_eq!(passwords.run(flood, |_| Ok::<_, HashError>(1)).await, Ok(1));
        assert!(passwords.sharers.is_empty(), "nothing of it is kept");
    }
}
