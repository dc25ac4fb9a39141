//! The dispatcher: what every surface hands its calls to.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Instant;

use covibe_domain::Failure;
use covibe_identity::{Caller, Refusal};
use covibe_policy::Principal;
use covibe_workspace::{
    Author, Circumstances, Client, DatabaseHealth, Platform, Registry, Workspace,
};
use futures_util::FutureExt as _;
use serde_json::Value;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::call::{Call, Surface};
use crate::denials::Denials;
use crate::errors::{panicked, timed_out};
use crate::permits::{Permit, Permits};
use crate::recorded::{self, Answer};
use crate::repeats::Repeats;
use crate::waiting::Waiting;

/// Admits, records and runs calls.
#[derive(Debug)]
pub struct Dispatcher {
    registry: Arc<Registry>,
    platform: Arc<Platform>,
    denials: Denials,
    permits: Permits,
    waiting: Waiting,
    repeats: Repeats,
    runtime: Handle,
    changes: TaskTracker,
    stopping: CancellationToken,
}

impl Dispatcher {
    /// Creates a dispatcher for the operations of a registry. Requires a Tokio runtime that outlives
    /// the surfaces, on which changes run.
    pub fn new(registry: impl Into<Arc<Registry>>, platform: Arc<Platform>) -> Arc<Self> {
        Arc::new(Self {
            registry: registry.into(),
            platform,
            denials: Denials::default(),
            permits: Permits::default(),
            waiting: Waiting::default(),
            repeats: Repeats::default(),
            runtime: Handle::current(),
            changes: TaskTracker::new(),
            stopping: CancellationToken::new(),
        })
    }

    /// Returns the operations.
    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// Asks the database for its state.
    pub async fn database_health(&self) -> DatabaseHealth {
        self.platform.database_health().await
    }

    /// Returns the caller that an `Authorization` header identifies.
    pub async fn authenticate(&self, header: Option<&str>) -> Result<Caller, Failure> {
        match self.platform.identity().authenticate(header).await {
            Ok(caller) => Ok(caller),
            Err(Refusal { failure, of }) => {
                if let Some(principal) = of.filter(|principal| self.denials.is_due(principal)) {
                    self.audit_denial(&principal, failure.kind.code()).await;
                }
                Err(failure)
            }
        }
    }

    /// Runs a call: admit, record, run, record.
    ///
    /// A change runs to its end even if its client goes away.
    pub async fn call(self: &Arc<Self>, call: Call) -> Answer {
        let gone = self.stopping.child_token();
        let _connected = gone.clone().drop_guard();
        if !call.changes() {
            // Boxed because every layer of a surface would move the large future.
            let reading = AssertUnwindSafe(Box::pin(self.carry_out(call, gone)));
            return reading.catch_unwind().await.unwrap_or_else(|_| Err(panicked()));
        }
        let dispatcher = Arc::clone(self);
        let changing = async move { dispatcher.carry_out(call, gone).await };
        // The worker of a surface may stop before the change ends; the server's runtime does not.
        let task = self.changes.spawn_on(changing, &self.runtime);
        task.await.unwrap_or_else(|_| Err(panicked().in_doubt()))
    }

    /// Returns the failure for a name that no tool has, and audits the attempt. The name may be any
    /// text of the caller's, so the audit has its fingerprint.
    pub async fn unknown(&self, caller: &Caller, name: &str, surface: Surface) -> Failure {
        let (principal, name_value) = (&caller.principal, Value::from(name));
        let draft = self.platform.audit(principal, "unknown", &name_value, surface.as_str());
        let failure = self.registry.unknown(name);
        self.platform.auditor().note(draft.outcome(failure.kind.code())).await;
        failure
    }

    /// Ends the waits of calls that wait for an outcome: they answer how far it is.
    pub fn stop_waiting(&self) {
        self.stopping.cancel();
    }

    /// Waits for running changes and writes what is only in memory; called when the server stops.
    pub async fn flush(&self) {
        self.stop_waiting();
        self.changes.close();
        let patience = self.platform.settings().write_timeout;
        if tokio::time::timeout(patience, self.changes.wait()).await.is_err() {
            tracing::error!(left = self.changes.len(), "stopping while changes are running");
        }
        self.platform.identity().flush().await;
        self.platform.auditor().flush().await;
    }

    async fn carry_out(&self, mut call: Call, gone: CancellationToken) -> Answer {
        let (platform, spec) = (&self.platform, call.tool.spec);
        let (principal, surface) = (&call.caller.principal, call.surface.as_str());
        let draft = platform.audit(principal, spec.name, &call.params, surface);
        let _permit = match self.admit(&mut call) {
            Ok(permit) => permit,
            Err(failure) => {
                platform.auditor().note(draft.outcome(failure.kind.code())).await;
                return Err(failure);
            }
        };
        let draft = draft.on(&call.params);
        let run = self.run(call, draft.author(), gone);
        if spec.access.changes() {
            recorded::change(platform.auditor(), draft, run).await
        } else if spec.discloses {
            recorded::disclosure(platform.auditor(), draft, run).await
        } else {
            recorded::read(platform.auditor(), draft, run).await
        }
    }

    /// Checks everything that must hold before a call is recorded as started.
    fn admit(&self, call: &mut Call) -> Result<Permit<'_>, Failure> {
        if let Some(slug) = &call.slug {
            call.caller.principal.enter(slug)?;
        }
        let (spec, principal) = (&call.tool.spec, &call.caller.principal);
        if !spec.is_open_to(principal.access()) {
            return Err(principal.needs_full_access(spec.name));
        }
        call.tool.check(&mut call.params)?;
        let max = self.platform.settings().max_in_flight;
        self.permits.take(&call.caller.principal.workspace, max)
    }

    /// Runs the operation in the caller's workspace until the deadline.
    async fn run(&self, call: Call, author: Author, gone: CancellationToken) -> Answer {
        let (settings, changes) = (self.platform.settings(), call.changes());
        let timeout = call.timeout(settings);
        let deadline = Instant::now() + timeout;
        let workspace = &call.caller.principal.workspace;
        let waits = call.waits();
        let _wait =
            waits.then(|| self.waiting.begin(workspace, gone.clone(), settings.max_waiting));
        let is_repeated = self.is_repeated(&call);
        let client = Client { progress: call.progress, gone };
        let (access, discloses) = (call.tool.spec.access, call.tool.spec.discloses);
        let circumstances =
            Circumstances { author, client, deadline, access, discloses, is_repeated };
        let cx = Workspace::open(Arc::clone(&self.platform), call.caller, circumstances);
        if !call.tool.spec.early {
            cx.check_ready()?;
        }
        let running = call.tool.run(call.params, &cx);
        let ended = tokio::time::timeout_at(deadline.into(), running).await;
        ended.unwrap_or_else(|_| Err(timed_out(timeout, changes)))
    }

    /// Whether a call repeats an earlier one to see whether something changed.
    fn is_repeated(&self, call: &Call) -> bool {
        let actor = &call.caller.principal.actor;
        if call.changes() {
            self.repeats.forget(actor);
            return false;
        }
        self.repeats.is_repeated(actor, call.tool.spec.name, &call.params)
    }

    /// Audits the use of a key that is no longer valid.
    async fn audit_denial(&self, principal: &Principal, outcome: &str) {
        let surface = Surface::Door.as_str();
        let draft = self.platform.audit(principal, "authenticate", &Value::Null, surface);
        self.platform.auditor().note(draft.outcome(outcome)).await;
    }
}
