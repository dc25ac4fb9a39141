//! What Gitea says of the bots' access, cached for half a minute.

use std::time::Duration;

use covibe_domain::{Failure, Kind, WorkspaceId};
use covibe_upstream::SingleFlights;

/// How long an answer is cached.
const LIFETIME: Duration = Duration::from_secs(30);

/// How long the description of a workspace waits for Gitea.
const PATIENCE: Duration = Duration::from_secs(2);

/// The maximum number of cached answers; beyond it all are evicted, which costs two requests each.
const CAPACITY: usize = 10_000;

/// The answers that were fetched recently: what is wrong, and what to do about it.
#[derive(Debug)]
pub(crate) struct BotAccess(SingleFlights<WorkspaceId, Option<String>, Failure>);

impl Default for BotAccess {
    fn default() -> Self {
        Self(SingleFlights::new(LIFETIME, CAPACITY))
    }
}

impl BotAccess {
    /// Returns what is wrong with the bot's access according to `check`; `None` if nothing is, or
    /// Gitea does not say.
    pub(crate) async fn problem<F>(
        &self,
        of: &WorkspaceId,
        check: impl FnOnce() -> F,
    ) -> Option<String>
    where
        F: Future<Output = Result<(), Failure>> + Send,
    {
        match self.0.known(of) {
            Some(known) => known,
            None => Box::pin(self.ask(of, check())).await,
        }
    }

    async fn ask(
        &self,
        of: &WorkspaceId,
        check: impl Future<Output = Result<(), Failure>> + Send,
    ) -> Option<String> {
        let checked = async {
            match check.await {
                Ok(()) => Ok(None),
                Err(failure) if failure.kind == Kind::Unready => Ok(Some(sentence(&failure))),
                Err(failure) => Err(failure),
            }
        };
        let found = tokio::time::timeout(PATIENCE, Box::pin(self.0.get(of, Box::pin(checked))));
        found.await.ok()?.ok()?
    }

    /// Evicts an answer that may have changed.
    pub(crate) fn forget(&self, of: &WorkspaceId) {
        self.0.forget(of);
    }
}

fn sentence(failure: &Failure) -> String {
    match &failure.hint {
        Some(hint) => format!("{} {hint}", failure.message),
        None => failure.message.clone(),
    }
}
