//! The reach of a cell's Coolify to its server, as Coolify reports it.
//!
//! Coolify accepts deployments and starts for a server that it does not reach, and loses them (4.3.11). So none are
//! handed over meanwhile.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use covibe_coolify::Client;
use covibe_domain::Failure;
use tokio::sync::Mutex;
use tokio::time::timeout;

/// The time limit of a question.
const PATIENCE: Duration = Duration::from_secs(3);

/// The last answer of Coolify, and its time.
#[derive(Debug, Default)]
pub(crate) struct ServerReach {
    known: Mutex<Option<(Instant, bool)>>,
    /// True if Coolify did not reach the server then.
    is_lost: AtomicBool,
}

impl ServerReach {
    /// Returns whether Coolify reaches its server and can use docker on it, by an answer that is at most this old.
    pub(crate) async fn is_reached(
        &self,
        coolify: Result<&Client, Failure>,
        fresh_for: Duration,
    ) -> bool {
        let ask = async {
            let coolify = coolify?;
            let server = coolify.server().await?;
            Ok(coolify.server_condition(&server).await?.is_ready())
        };
        self.get(fresh_for, ask).await
    }

    /// Returns whether Coolify did not reach the server according to its last answer.
    pub(crate) fn is_lost(&self) -> bool {
        self.is_lost.load(Ordering::Relaxed)
    }

    /// Returns the known answer, or that of `ask` if it is older than `fresh_for`; a negative answer is renewed three
    /// times as soon. Concurrent callers share a question. If there is no answer within 3 s, the known one remains.
    async fn get(
        &self,
        fresh_for: Duration,
        ask: impl Future<Output = Result<bool, Failure>>,
    ) -> bool {
        let mut known = self.known.lock().await;
        let is_fresh = |(at, is_reached): &(Instant, bool)| {
            at.elapsed() < if *is_reached { fresh_for } else { fresh_for / 3 }
        };
        if let Some((_, is_reached)) = known.filter(is_fresh) {
            return is_reached;
        }
        let answer = timeout(PATIENCE, ask).await.ok().and_then(Result::ok);
        let before = known.is_none_or(|(_, is_reached)| is_reached);
        let is_reached = answer.unwrap_or(before);
        *known = Some((Instant::now(), is_reached));
        self.is_lost.store(!is_reached, Ordering::Relaxed);
        is_reached
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    #[tokio::test]
    async fn an_answer_is_cached_as_long_as_it_is_fresh() {
        let reach = ServerReach::default();
        assert!(!reach.get(HOUR, async { Ok(false) }).await);
        assert!(!reach.get(HOUR, async { Ok(true) }).await, "it is kept");
        assert!(reach.get(Duration::ZERO, async { Ok(true) }).await);
    }

    #[tokio::test]
    async fn a_server_without_an_answer_keeps_its_last_state_and_is_reached_at_first() {
        let reach = ServerReach::default();
        assert!(reach.get(HOUR, async { Err(Failure::conflict("It does not answer.")) }).await);
        assert!(!reach.get(Duration::ZERO, async { Ok(false) }).await);
        let silent = async { Err(Failure::conflict("It does not answer.")) };
        assert!(!reach.get(Duration::ZERO, silent).await, "it was not reached before");
    }
}
