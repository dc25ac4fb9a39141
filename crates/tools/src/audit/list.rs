//! `GET …/audit`.

use covibe_domain::entities::{AgentType, KeyAccess};
use covibe_domain::{Actor, Failure, Timestamp};
use covibe_operation::paging::unknown_next;
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::{ActorName, AuditFilter, AuditPage, AuditRecord, SurfaceTools, Workspace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The default number of entries.
const DEFAULT: u8 = 50;

/// List the audit entries of the workspace's calls, newest first. A change has one entry at its start and one at its
/// end.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct ListAudit {
    /// Only calls with keys for this agent.
    #[serde(default)]
    agent_type: Option<AgentType>,
    /// Only calls of this operation.
    #[serde(default)]
    #[schemars(length(min = 1, max = 60))]
    #[schemars(example = &"apps.deploy")]
    tool: Option<String>,
    /// Only calls with this outcome: `ok`, or the code of a failure.
    #[serde(default)]
    #[schemars(length(min = 1, max = 30))]
    #[schemars(example = &"forbidden")]
    outcome: Option<String>,
    /// Omit calls through this surface; with exceptTools, omit only its calls of those operations.
    #[serde(default)]
    except_surface: Option<CallSurface>,
    /// With exceptSurface: the operations whose calls are omitted. Default: all.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200), inner(length(min = 1, max = 60)))]
    #[schemars(example = vec!["apps.list"])]
    except_tools: Option<Vec<String>>,
    /// Only calls that have ended.
    #[serde(default)]
    ended: Option<bool>,
    /// Entries per answer. Default: 50.
    #[serde(default)]
    #[schemars(range(min = 1, max = 100))]
    limit: Option<u8>,
    /// `next` from the previous answer. Default: the first page.
    #[serde(default)]
    #[schemars(length(min = 1, max = 20))]
    #[schemars(example = &"4211")]
    next: Option<String>,
}

/// Audit entries of the workspace.
#[derive(Serialize, JsonSchema)]
pub(crate) struct AuditEntries {
    /// The entries, newest first.
    entries: Vec<Entry>,
    /// Pass as `next` to get the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"4211")]
    next: Option<String>,
}

/// An audit entry.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AuditEntry")]
struct Entry {
    /// The time of the entry.
    at: Timestamp,
    /// The caller.
    #[serde(skip_serializing_if = "Option::is_none")]
    actor: Option<Caller>,
    /// The operation that was called.
    #[schemars(example = &"apps.deploy")]
    tool: String,
    /// The surface of the call: `mcp`, `compact`, `rest`, `console`, `cli`, or `door` if it was refused before it
    /// reached one; `server` for the server's own changes, and `workos` for those that follow WorkOS.
    #[schemars(example = &"mcp")]
    surface: String,
    /// `started`, `ok`, `abandoned`, or the code of a failure.
    #[schemars(example = &"ok")]
    outcome: String,
    /// The id or name of the resource.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"q8k4wgcsos0ow8ckgcsosw4k")]
    resource: Option<String>,
    /// The duration in milliseconds.
    #[schemars(example = 120)]
    duration_ms: i64,
    /// The id of the request, which answers and logs have too.
    #[schemars(example = &"7k2m9x4q8w3n6v5t")]
    request_id: String,
    /// `read` if the caller could only read.
    #[serde(skip_serializing_if = "Option::is_none")]
    access: Option<KeyAccess>,
    /// The number of equal refusals that the entry stands for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = 12)]
    repeats: Option<i64>,
}

/// The caller.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AuditActor")]
struct Caller {
    /// `key`, `person` or `operator`.
    #[schemars(example = &"key")]
    kind: &'static str,
    /// The id.
    #[schemars(example = &"key_7k2m9x4q8w3n6v5t")]
    id: String,
    /// The name, while the key or the member exists.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"laptop")]
    name: Option<String>,
    /// The agent that the key is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    agent_type: Option<AgentType>,
}

/// A surface of calls.
#[derive(Clone, Copy, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
enum CallSurface {
    Mcp,
    Compact,
    Rest,
    Console,
    Cli,
    Door,
    Server,
    WorkOs,
}

impl CallSurface {
    /// Returns its name in entries.
    fn as_str(self) -> &'static str {
        match self {
            Self::Mcp => "mcp",
            Self::Compact => "compact",
            Self::Rest => "rest",
            Self::Console => "console",
            Self::Cli => "cli",
            Self::Door => "door",
            Self::Server => "server",
            Self::WorkOs => "workos",
        }
    }
}

impl Operation<Workspace> for ListAudit {
    const SPEC: Spec = Spec::read("audit.list", Route::get("/audit")).rest_only().early();

    type Output = AuditEntries;

    async fn run(self, cx: &Workspace) -> Result<AuditEntries, Failure> {
        let before = self.next.map(|next| next.parse().map_err(|_| unknown_next())).transpose()?;
        let limit = usize::from(self.limit.unwrap_or(DEFAULT));
        if self.except_tools.is_some() && self.except_surface.is_none() {
            return Err(Failure::invalid("`exceptTools` needs `exceptSurface`.")
                .hint("Pass `exceptSurface` too, or leave `exceptTools` out."));
        }
        let except = self.except_surface.map(|surface| SurfaceTools {
            surface: surface.as_str().to_owned(),
            tools: self.except_tools,
        });
        let filter = AuditFilter {
            tool: self.tool,
            agent: self.agent_type,
            outcome: self.outcome,
            except,
            ended: self.ended.unwrap_or_default(),
            before,
            ..AuditFilter::default()
        };
        // One more says whether there is another page.
        let wanted = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
        let AuditPage { mut entries, names } = cx.audit().entries(filter, wanted).await?;
        let has_more = entries.len() > limit;
        entries.truncate(limit);
        let last = entries.last().map(|entry| entry.seq).filter(|_| has_more);
        let shown = |entry: AuditRecord| {
            let id = entry.actor.as_ref().map(Actor::as_str).unwrap_or_default();
            let name = names.get(id).cloned().unwrap_or_default();
            Entry::from_record(entry, name)
        };
        let entries = entries.into_iter().map(shown).collect();
        Ok(AuditEntries { entries, next: last.map(|seq| seq.to_string()) })
    }
}

impl Entry {
    fn from_record(entry: AuditRecord, called: ActorName) -> Self {
        Self {
            at: entry.at,
            actor: entry.actor.map(|actor| Caller::from_actor(&actor, called)),
            tool: entry.tool,
            surface: entry.surface,
            outcome: entry.outcome,
            resource: entry.resource,
            duration_ms: entry.duration_ms,
            request_id: entry.call,
            access: entry.access,
            repeats: entry.repeats.map(|repeats| repeats.count),
        }
    }
}

impl Caller {
    fn from_actor(actor: &Actor, ActorName { name, agent }: ActorName) -> Self {
        let kind = match actor {
            Actor::Key(_) => "key",
            Actor::Person(_) => "person",
            Actor::Operator => "operator",
        };
        Self { kind, id: actor.as_str().to_owned(), name, agent_type: agent }
    }
}
