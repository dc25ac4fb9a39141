//! The access of the bots according to Gitea, cached for half a minute.

use std::time::Duration;

use covibe_domain::{Failure, Kind, WorkspaceId};
use covibe_upstream::SingleFlights;

/// The time for which an answer is cached.
const LIFETIME: Duration = Duration::from_secs(30);

/// The time that the description of a workspace waits for Gitea.
const PATIENCE: Duration = Duration::from_secs(2);

/// The maximum number of cached answers; beyond it all are evicted, which costs two requests each.
const CAPACITY: usize = 10_000;

/// The recent answers: the problem and its remedy, if there is one.
#[derive(Debug)]
pub(crate) struct BotAccess(SingleFlights<WorkspaceId, Option<String>, Failure>);

impl Default for BotAccess {
    fn default() -> Self {
        Self(SingleFlights::new(LIFETIME, CAPACITY))
    }
}

impl BotAccess {
    /// Returns the problem of the bot's access according to `check`; `None` if there is none, or if
    /// Gitea does not answer.
    pub(crate) async fn problem<F>(
        &self,
        of: &WorkspaceId,
        check: impl FnOnce() -> F,
    ) -> Option<String>
    where
        F: Future<Output = Result<(), Failure>> + Send,
    {
        match self.0.fresh_value(of) {
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
