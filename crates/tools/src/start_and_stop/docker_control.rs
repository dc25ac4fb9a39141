//! Stops and starts by docker: the containers stay, with their logs and files.

use covibe_domain::Failure;
use covibe_workspace::OnHost;
use futures_util::{StreamExt as _, stream};

use super::answer::Controlled;
use super::control_action::Action;
use super::control_call::{Control, Turn};
use crate::container_access::InspectedContainer;
use crate::coolify_poller::Poller;
use crate::resource_state::StateSource;
use crate::resource_state::{Part, runs};

/// The number of containers that are stopped or started concurrently: a stop holds one of the few sessions
/// of the host for its whole time.
const CONCURRENCY: usize = 4;

/// The hint about the changes that a restart by docker leaves out.
const AS_DEPLOYED: &str = "It is running as it was deployed. apps.deploy applies deletions of variables, \
                           and changes that a container does not show, such as changes to \
                           domains, ports, limits or files.";

/// The same for a database.
const AS_STARTED: &str = "It is running with its previous settings; databases.update with `restart` applies changed limits.";

impl Control<'_> {
    /// Stops, starts or restarts the containers. Their order does not matter: a container that needs another one
    /// tries again, as after a crash of the host.
    pub(super) async fn by_docker(
        &self,
        host: &OnHost,
        source: &StateSource,
        before: Vec<Part>,
        turn: Turn,
    ) -> Result<Controlled, Failure> {
        let targets: Vec<_> = before.iter().flat_map(|part| self.targets(part)).collect();
        if targets.is_empty() {
            let why = "Nothing was done: no service that should run has a container to start.";
            return Ok(Controlled::new(self, source.as_str(), &before).into_unchanged(why, false));
        }
        if self.action != Action::Stop {
            self.check_labels(host, &targets).await?;
        }
        let polling = self.coolify.polling();
        let poller = Poller::new(self.cx, &polling);
        self.coolify.note_control(self.resource.uuid());
        let failures = poller.run_in_time(self.change(host, &targets)).await.unwrap_or_default();
        drop(turn);
        if failures.len() == targets.len()
            && let Some(failure) = failures.into_iter().next()
        {
            return Err(failure);
        }
        let watched =
            self.watch(source, poller, |parts, since| self.is_settled(parts, since)).await?;
        let answer = Controlled::new(self, source.as_str(), &watched.parts);
        let is_restarted = self.action == Action::Restart;
        let hint = is_restarted.then(|| self.unchanged_settings_hint().to_owned());
        let hint = hint.filter(|_| self.is_reached(&watched.parts));
        Ok(answer.warn(watched.unsettled).with_hint(hint))
    }

    /// Carries the change out, and returns the failures. The watch afterwards shows what was not reached in time.
    async fn change(&self, host: &OnHost, targets: &[&InspectedContainer]) -> Vec<Failure> {
        let change = async |one: &&InspectedContainer| match self.action {
            Action::Stop => host.stop(&one.container, &one.state).await,
            Action::Start => host.start(&one.container).await,
            Action::Restart => host.restart(&one.container, &one.state).await,
        };
        let changed = stream::iter(targets).map(change).buffer_unordered(CONCURRENCY);
        changed.filter_map(async |changed| changed.err()).collect().await
    }

    /// Returns the containers of a service that are to be changed.
    fn targets<'p>(&self, part: &'p Part) -> Vec<&'p InspectedContainer> {
        match self.action {
            Action::Stop => part.held.iter().filter(|one| runs(one.state.status)).collect(),
            Action::Start if part.is_started() => Vec::new(),
            Action::Start | Action::Restart => {
                part.current().into_iter().filter(|_| part.counts).collect()
            }
        }
    }

    const fn unchanged_settings_hint(&self) -> &'static str {
        match self.resource {
            covibe_workspace::Hosted::Database(_) => AS_STARTED,
            _ => AS_DEPLOYED,
        }
    }
}
