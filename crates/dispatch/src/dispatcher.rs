//! The dispatcher, which carries out the calls of every surface.

use std::panic::AssertUnwindSafe;
use std::pin::pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use covibe_domain::{Failure, TRACE_TARGET, boxed};
use covibe_identity::Caller;
use covibe_policy::Principal;
use covibe_workspace::{Author, Circumstances, Platform, Registry, WaitingClient, Workspace};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use serde_json::Value;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::field::{self, Empty};
use tracing::{Instrument as _, Span};

use crate::call::{Call, Surface};
use crate::call_errors::panicked_call;
use crate::call_execution::RunningCall;
use crate::call_recording::{self, CallCounts, CallResult, FollowedCall, Outcome, RefusalCounts};
use crate::callers::check_callers;
use crate::permits::{Permits, RequestPermit};
use crate::rate_limits::Rates;
use crate::refused_calls::Refusals;
use crate::repeated_reads::Repeats;
use crate::waiting_calls::WaitingCalls;

/// The number of equal refusals of calls within a minute that get an audit entry each.
const ALONE: u32 = 8;

/// The outcomes of a call that get an audit entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Entries {
    Each,
    Refusals,
}

/// The time limit for writing buffered data, other than the audit, when the server stops.
const FLUSH: Duration = Duration::from_secs(10);

/// Admits, records and runs calls.
#[derive(Debug)]
pub struct Dispatcher {
    registry: Arc<Registry>,
    pub(crate) platform: Arc<Platform>,
    pub(crate) refusals: Refusals,
    pub(crate) calls: CallCounts,
    pub(crate) refused: RefusalCounts,
    pub(crate) rates: Rates,
    pub(crate) permits: Permits,
    waiting: WaitingCalls,
    repeats: Repeats,
    runtime: Handle,
    changes: TaskTracker,
    stopping: CancellationToken,
}

impl Dispatcher {
    /// Creates a dispatcher for the operations of a registry. Requires a Tokio runtime that outlives
    /// the surfaces, on which changes run.
    pub fn new(registry: impl Into<Arc<Registry>>, platform: Arc<Platform>) -> Arc<Self> {
        let (registry, runtime) = (registry.into(), Handle::current());
        let permits = Permits::new(platform.settings().max_in_flight_of_all);
        Arc::new(Self {
            calls: CallCounts::new(registry.operations().map(|tool| tool.spec.name)),
            refused: RefusalCounts::default(),
            registry,
            refusals: Refusals::new(platform.auditor().clone(), runtime.clone()),
            platform,
            rates: Rates::default(),
            permits,
            waiting: WaitingCalls::default(),
            repeats: Repeats::default(),
            runtime,
            changes: TaskTracker::new(),
            stopping: CancellationToken::new(),
        })
    }

    /// Returns the operations.
    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// Runs a call: admit, record, run, record.
    ///
    /// A change runs to its end even if its client disconnects.
    pub fn call(self: &Arc<Self>, call: Call) -> BoxFuture<'_, CallResult> {
        self.call_for(call, Entries::Each).boxed()
    }

    /// Repeats a read for a client that watches its answer, with all checks of [`Self::call`]. `first` is the actor of
    /// the first call, whose audit entry covers the repetitions: a repetition gets an entry only if it is refused. A
    /// repetition by another actor is audited like any call, and so is one that changes or discloses something.
    #[boxed]
    pub async fn watch<'a>(self: &'a Arc<Self>, call: Call, first: &'a Principal) -> CallResult {
        let now = &call.caller.principal;
        let is_same = (&now.actor, &now.tenant, &now.workspace)
            == (&first.actor, &first.tenant, &first.workspace);
        let only_reads = !call.changes() && !call.tool.spec.discloses;
        let entries = if is_same && only_reads { Entries::Refusals } else { Entries::Each };
        self.call_for(call, entries).await
    }

    async fn call_for(self: &Arc<Self>, call: Call, entries: Entries) -> CallResult {
        let gone = self.stopping.child_token();
        let _connected = gone.clone().drop_guard();
        if !call.changes() {
            // Boxed because every layer of a surface would move the large future.
            let reading = AssertUnwindSafe(Box::pin(self.carry_out(call, entries, gone)));
            return reading.catch_unwind().await.unwrap_or_else(|_| Err(panicked_call()));
        }
        let dispatcher = Arc::clone(self);
        self.to_its_end(async move { dispatcher.carry_out(call, entries, gone).await }).await
    }

    /// Runs a change to its end, even if its client disconnects. It starts at once, as a task; the future only waits
    /// for the task, so it is small however large the change is.
    pub(crate) fn to_its_end<T: Send + 'static>(
        &self,
        change: impl Future<Output = Result<T, Failure>> + Send + 'static,
    ) -> impl Future<Output = Result<T, Failure>> {
        // The worker of a surface may stop before the change ends; the server's runtime does not.
        let task = self.changes.spawn_on(change, &self.runtime);
        async { task.await.unwrap_or_else(|_| Err(panicked_call().in_doubt())) }
    }

    /// Returns the failure for the name of an unknown tool, and audits the attempt. The name may be any text of the
    /// caller's, so the audit records its fingerprint.
    #[boxed]
    pub async fn refuse_unknown_tool(
        &self,
        caller: &Caller,
        name: &str,
        surface: Surface,
        place: Option<&RequestPermit>,
    ) -> Failure {
        let request = place.and_then(RequestPermit::request);
        let followed = FollowedCall::begin_unknown(&self.calls, caller, request);
        let (principal, id) = (&caller.principal, request.map(|request| request.id()));
        let draft = self.platform.audit(principal, "unknown", surface.as_str(), id);
        let draft = self.platform.with_digest(draft, &Value::from(name));
        let failure = self.registry.unknown_tool(name);
        self.refusals.note(draft, failure.kind.code(), ALONE).await;
        followed.end_with(Outcome::Failed(failure.kind));
        failure
    }

    /// Ends the waits of calls that wait for an outcome: they answer with its current state.
    pub fn stop_waiting(&self) {
        self.stopping.cancel();
    }

    /// Returns whether the server is stopping, so that long-lived work should end.
    pub fn is_stopping(&self) -> bool {
        self.stopping.is_cancelled()
    }

    /// Ends commands that run without their clients, waits for running changes and writes buffered data; called when the
    /// server stops. It takes at most 20 seconds longer than a change.
    #[boxed]
    pub async fn flush(&self) {
        self.stop_waiting();
        self.changes.close();
        let patience = self.platform.settings().write_timeout;
        let changes = tokio::time::timeout(patience, self.changes.wait());
        let commands = self.platform.stop_detached_commands(patience);
        if tokio::join!(changes, commands).0.is_err() {
            tracing::error!(
                left = self.changes.len(),
                "stopping while calls that change something are running"
            );
        }
        let last = async {
            self.refusals.flush().await;
            self.platform.identity().flush().await;
        };
        if tokio::time::timeout(FLUSH, last).await.is_err() {
            tracing::error!("stopping before the last refusals and uses of keys were written");
        }
        self.platform.auditor().flush().await;
    }

    /// Runs work without a waiting caller. The server waits for it when it stops.
    pub(crate) fn in_background(&self, work: impl Future<Output = ()> + Send + 'static) {
        self.changes.spawn_on(work, &self.runtime);
    }

    async fn carry_out(&self, call: Call, entries: Entries, gone: CancellationToken) -> CallResult {
        let followed = FollowedCall::begin(&self.calls, &call);
        let span = span_of(&call);
        let answer = self.run(call, entries, gone).instrument(span.clone()).await;
        let outcome = Outcome::from_answer(&answer);
        span.record("covibe.outcome", outcome.as_str());
        if answer.is_err() {
            span.record("otel.status_code", "ERROR");
        }
        followed.end_with(outcome);
        answer
    }

    async fn run(&self, mut call: Call, entries: Entries, gone: CancellationToken) -> CallResult {
        let (platform, spec) = (&self.platform, call.tool.spec);
        let (auditor, workspace) = (platform.auditor(), call.caller.principal.workspace.clone());
        let request = call.place.as_ref().and_then(|place| place.request().map(|it| it.id()));
        let principal = &call.caller.principal;
        let draft = platform.audit(principal, spec.name, call.surface.as_str(), request);
        let _place = match self.admit(&mut call).await {
            Ok(place) => place,
            Err(failure) => {
                let draft = platform.with_digest(draft, &call.params);
                Box::pin(self.refusals.note(draft, failure.kind.code(), ALONE)).await;
                return Err(failure);
            }
        };
        let max = platform.settings().max_waiting;
        let _wait = call.waits().then(|| self.waiting.begin(&workspace, gone.clone(), max));
        let mut running = self.open(call, draft.author(), gone);
        // The parameters have their declared form now. A call that is abandoned while its names are looked
        // up keeps this digest.
        let draft = platform.with_digest(draft, &running.params);
        let prepared = {
            let preparing = pin!(running.prepare());
            call_recording::unless_abandoned(auditor, &draft, preparing).await
        };
        let draft = match prepared {
            Ok(true) => {
                platform.with_digest(draft, &running.params).with_named_resource(&running.params)
            }
            Ok(false) => draft.with_named_resource(&running.params),
            Err(_) => draft,
        };
        let draft = draft.with_detail(spec.audits, &running.params);
        // Pinned, because each of the functions below would have room for two copies.
        let run = pin!(async {
            prepared?;
            running.run().await
        });
        if entries == Entries::Refusals {
            call_recording::watch(auditor, draft, run).await
        } else if spec.access.changes() {
            call_recording::change(auditor, draft, run, |draft, answer| {
                draft.with_answered_resource(&answer.value())
            })
            .await
        } else if spec.discloses {
            call_recording::disclosure(auditor, draft, run).await
        } else {
            call_recording::read(auditor, draft, run).await
        }
    }

    /// Checks the conditions of a call before it is recorded as started, and returns its permit.
    async fn admit(&self, call: &mut Call) -> Result<Arc<RequestPermit>, Failure> {
        if let Some(slug) = &call.slug {
            call.caller.principal.enter(slug)?;
        }
        let (spec, principal) = (&call.tool.spec, &call.caller.principal);
        check_callers(spec, principal)?;
        if !spec.is_open_to(principal.access()) {
            return Err(principal.needs_full_access(spec.name));
        }
        call.tool.check(&mut call.params)?;
        let (principal, settings) = (&call.caller.principal, self.platform.settings());
        if spec.access.changes() {
            self.rates.take_change(principal, &settings.call_rates)?;
        }
        self.platform.auditor().check(&principal.tenant, settings.audit_grace).await?;
        match call.place.take() {
            Some(place) => Ok(place),
            None => self.permits.take(principal, settings.max_in_flight).map(Arc::new),
        }
    }

    /// Opens the caller's workspace for a call, which begins now.
    fn open(&self, call: Call, author: Author, gone: CancellationToken) -> RunningCall {
        let timeout = call.timeout(self.platform.settings());
        let deadline = Instant::now() + timeout;
        let is_repeated = self.is_repeated(&call);
        let reader = call.surface.reader();
        let Call { tool, caller, params, progress, .. } = call;
        let client = WaitingClient { progress, gone, reader };
        let (access, discloses) = (tool.spec.access, tool.spec.discloses);
        let circumstances =
            Circumstances { author, client, deadline, access, discloses, is_repeated };
        let cx = Workspace::open(Arc::clone(&self.platform), caller, circumstances);
        RunningCall { tool, params, cx, timeout }
    }

    /// Returns whether a call repeats an earlier one to see whether something changed.
    fn is_repeated(&self, call: &Call) -> bool {
        let principal = &call.caller.principal;
        if call.changes() {
            self.repeats.forget(&principal.actor);
            return false;
        }
        self.repeats.is_repeated(principal, call.tool.spec.name, &call.params)
    }
}

/// Returns the span of a call. It contains no parameters.
fn span_of(call: &Call) -> Span {
    let request = call.place.as_ref().and_then(|place| place.request());
    let request = request.map(|request| field::display(request.id()));
    tracing::info_span!(
        target: TRACE_TARGET,
        "call",
        otel.name = call.tool.spec.name,
        otel.kind = "server",
        otel.status_code = Empty,
        covibe.surface = call.surface.as_str(),
        covibe.workspace = %call.caller.workspace.slug,
        covibe.request = request,
        covibe.outcome = Empty,
    )
}
