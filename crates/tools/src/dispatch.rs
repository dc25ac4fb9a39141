//! The way of one call, behind every surface.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, Instant};

use covibe_domain::{Failure, Kind};
use covibe_identity::{Caller, Refusal};
use covibe_policy::Principal;
use futures_util::FutureExt as _;
use serde_json::Value;
use tokio::runtime::Handle;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::audit::Auditor;
use crate::context::{Client, Platform, Workspace};
use crate::denials::Denials;
use crate::entry::{By, Entry};
use crate::in_flight::{InFlight, Place};
use crate::progress::Progress;
use crate::registry::{Registry, Tool};
use crate::waiting::Waiting;

/// The surface that a call came by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Surface {
    /// MCP JSON-RPC.
    Mcp,
    /// The compact envelope.
    Compact,
    /// REST.
    Rest,
    /// None yet: the key was refused before that is known.
    Door,
}

impl Surface {
    /// The word for it in the audit.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Mcp => "mcp",
            Self::Compact => "compact",
            Self::Rest => "rest",
            Self::Door => "door",
        }
    }
}

/// One call of an authenticated caller.
#[derive(Debug)]
pub struct Call {
    /// Who calls.
    pub caller: Caller,
    /// What is called.
    pub tool: Arc<Tool>,
    /// With which parameters.
    pub params: Value,
    /// By which surface.
    pub surface: Surface,
    /// The workspace that the path names, where there is one in it.
    pub slug: Option<String>,
    /// Where to tell how far it is, if the client wants to know.
    pub progress: Option<Progress>,
}

impl Call {
    /// Whether the caller asks to wait for the end of what the call begins.
    fn waits(&self) -> bool {
        self.tool.spec.waits.is_some_and(|parameter| self.params[parameter] == true)
    }
}

/// Authorises, decodes, runs and audits calls.
#[derive(Debug)]
pub struct Dispatcher {
    registry: Arc<Registry>,
    platform: Arc<Platform>,
    denials: Denials,
    in_flight: InFlight,
    waiting: Waiting,
    runtime: Handle,
    changes: TaskTracker,
    stopping: CancellationToken,
}

impl Dispatcher {
    /// A dispatcher over this platform. Needs a tokio runtime that outlives the surfaces: on it
    /// changes are carried out.
    pub fn new(platform: Arc<Platform>) -> Arc<Self> {
        Self::with(Arc::new(Registry::new()), platform)
    }

    /// The same with operations that were collected before, which takes a while.
    pub fn with(registry: Arc<Registry>, platform: Arc<Platform>) -> Arc<Self> {
        Arc::new(Self {
            registry,
            platform,
            denials: Denials::default(),
            in_flight: InFlight::default(),
            waiting: Waiting::default(),
            runtime: Handle::current(),
            changes: TaskTracker::new(),
            stopping: CancellationToken::new(),
        })
    }

    /// Every operation there is.
    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// Who an `Authorization` header names.
    pub async fn authenticate(&self, header: Option<&str>) -> Result<Caller, Failure> {
        match self.platform.identity.authenticate(header).await {
            Ok(caller) => Ok(caller),
            Err(Refusal { failure, of }) => {
                if let Some(principal) = of.filter(|principal| self.denials.is_due(principal)) {
                    self.denied(&principal, failure.kind.code()).await;
                }
                Err(failure)
            }
        }
    }

    /// A key that is not valid any more was presented.
    async fn denied(&self, principal: &Principal, outcome: &str) {
        let secrets = &self.platform.secrets;
        let surface = Surface::Door;
        let entry = Entry::begin(secrets, principal, "authenticate", &Value::Null, surface);
        self.platform.auditor.note(entry.outcome(outcome)).await;
    }

    /// Lets go the calls that wait for the end of what they began: they answer how far it is.
    pub fn stop_waiting(&self) {
        self.stopping.cancel();
    }

    /// Waits for the changes that are being carried out, and writes down what is still only in
    /// memory; for when the server stops.
    pub async fn flush(&self) {
        self.stop_waiting();
        self.changes.close();
        let patience = self.platform.settings.write_deadline;
        if tokio::time::timeout(patience, self.changes.wait()).await.is_err() {
            tracing::error!(left = self.changes.len(), "changes are broken off");
        }
        self.platform.identity.flush().await;
        self.platform.auditor.flush().await;
    }

    /// Carries a call out. A change goes on to its end when the one who waits for it goes away: it
    /// is not broken off in the middle. Only what it does for that one alone ends then.
    pub async fn call(self: &Arc<Self>, call: Call) -> Result<Value, Failure> {
        let gone = self.stopping.child_token();
        let _here = gone.clone().drop_guard();
        if !call.tool.spec.access.changes() {
            // On the heap: every layer of a surface would move it around with its own future.
            let looking = AssertUnwindSafe(Box::pin(self.carry_out(call, gone)));
            return looking.catch_unwind().await.unwrap_or_else(|_| Err(broken()));
        }
        let dispatcher = Arc::clone(self);
        let changing = async move { dispatcher.carry_out(call, gone).await };
        // A surface's worker may end before the change does; the runtime of the server does not.
        let task = self.changes.spawn_on(changing, &self.runtime);
        task.await.unwrap_or_else(|_| Err(broken().in_doubt()))
    }

    /// The answer to a name that no tool has; the attempt is in the audit, the name by its
    /// fingerprint: it is any text of the caller's.
    pub async fn unknown(&self, caller: &Caller, name: &str, surface: Surface) -> Failure {
        let (secrets, principal) = (&self.platform.secrets, &caller.principal);
        let entry = Entry::begin(secrets, principal, "unknown", &Value::from(name), surface);
        let failure = self.registry.unknown(name);
        self.platform.auditor.note(entry.outcome(failure.kind.code())).await;
        failure
    }

    async fn carry_out(&self, mut call: Call, gone: CancellationToken) -> Result<Value, Failure> {
        let tool = Arc::clone(&call.tool);
        let (secrets, principal) = (&self.platform.secrets, &call.caller.principal);
        let entry = Entry::begin(secrets, principal, tool.spec.name, &call.params, call.surface);
        let _place = match self.admit(&mut call) {
            Ok(place) => place,
            Err(failure) => {
                self.platform.auditor.note(entry.outcome(failure.kind.code())).await;
                return Err(failure);
            }
        };
        let entry = entry.on(&call.params);
        if tool.spec.access.changes() {
            self.change(call, entry, gone).await
        } else if tool.spec.discloses {
            self.disclose(call, entry, gone).await
        } else {
            let by = entry.by();
            let mut looked = Looked { auditor: &self.platform.auditor, entry: Some(entry) };
            let result = self.run(call, by, gone).await;
            looked.ended(word(&result)).await;
            result
        }
    }

    /// A change is in the audit before it begins, and again before its answer leaves.
    async fn change(
        &self,
        call: Call,
        entry: Entry,
        gone: CancellationToken,
    ) -> Result<Value, Failure> {
        self.platform.auditor.record(entry.outcome("started")).await?;
        let result = self.run(call, entry.by(), gone).await;
        let entry = match &result {
            Ok(answer) => entry.about(answer),
            Err(_) => entry,
        };
        let written = self.platform.auditor.record(entry.outcome(word(&result))).await;
        match (result, written) {
            (Ok(_), Err(_)) => Err(unwritten()),
            (result, _) => result,
        }
    }

    /// That a credential was handed out is in the audit before it leaves.
    async fn disclose(
        &self,
        call: Call,
        entry: Entry,
        gone: CancellationToken,
    ) -> Result<Value, Failure> {
        let result = self.run(call, entry.by(), gone).await;
        self.platform.auditor.record(entry.outcome(word(&result))).await?;
        result
    }

    /// Everything that must hold before an operation begins.
    fn admit(&self, call: &mut Call) -> Result<Place<'_>, Failure> {
        if let Some(slug) = &call.slug {
            call.caller.principal.enter(slug)?;
        }
        call.tool.check(&mut call.params)?;
        let max = self.platform.settings.max_in_flight;
        self.in_flight.take(&call.caller.principal.workspace, max)
    }

    /// How long a call may take.
    fn patience(&self, call: &Call) -> Duration {
        let settings = &self.platform.settings;
        if call.waits() {
            settings.wait_deadline
        } else if call.tool.spec.access.changes() {
            settings.write_deadline
        } else {
            settings.read_deadline
        }
    }

    async fn run(&self, call: Call, by: By, gone: CancellationToken) -> Result<Value, Failure> {
        let spec = &call.tool.spec;
        let (patience, changes) = (self.patience(&call), spec.access.changes());
        let (workspace, max) =
            (&call.caller.principal.workspace, self.platform.settings.max_waiting);
        let _waits = call.waits().then(|| self.waiting.begin(workspace, gone.clone(), max));
        let deadline = Instant::now() + patience;
        let platform = Arc::clone(&self.platform);
        let cx = Workspace::new(
            platform,
            call.caller,
            by,
            Client { progress: call.progress, gone },
            deadline,
        );
        if !spec.early {
            cx.ready()?;
        }
        let running = call.tool.run(call.params, &cx);
        let ended = tokio::time::timeout_at(deadline.into(), running).await;
        ended.unwrap_or_else(|_| Err(late(patience, changes)))
    }
}

/// A call that only looks: it leaves its entry even when nobody waits for its answer any more.
struct Looked<'a> {
    auditor: &'a Auditor,
    entry: Option<Entry>,
}

impl Looked<'_> {
    async fn ended(&mut self, outcome: &str) {
        if let Some(entry) = self.entry.take() {
            self.auditor.note(entry.outcome(outcome)).await;
        }
    }
}

impl Drop for Looked<'_> {
    fn drop(&mut self) {
        if let Some(entry) = self.entry.take() {
            self.auditor.note_now(entry.outcome("abandoned"));
        }
    }
}

/// What a panic becomes; its message and place are in the log.
fn broken() -> Failure {
    Failure::unready("Co-Vibe could not finish this call; the operator's log says why.")
}

fn late(patience: Duration, changes: bool) -> Failure {
    let seconds = patience.as_secs_f32();
    let failure = Failure::new(Kind::Timeout, format!("The call did not end within {seconds} s."));
    if changes {
        failure.hint("The change may have happened: look before you repeat it.").in_doubt()
    } else {
        failure.hint("Retry in a moment.")
    }
}

fn word(result: &Result<Value, Failure>) -> &'static str {
    result.as_ref().map_or_else(|failure| failure.kind.code(), |_| "ok")
}

fn unwritten() -> Failure {
    Failure::unready("The call was carried out, but its outcome could not be written to the audit.")
        .hint("Look at what there is before you repeat it.")
        .in_doubt()
}
