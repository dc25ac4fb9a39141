//! A call that is let through: what is looked at first, and what is done then.

use std::time::Duration;

use crate::http::{Method, Query, Refusal};
use crate::names::{Id, Marker};

/// How long the engine may take for the next byte of an answer.
pub(super) const PATIENCE: Duration = Duration::from_mins(1);

/// How long it may take to walk through all volumes of the host.
pub(super) const LONG_PATIENCE: Duration = Duration::from_mins(5);

pub(super) const UNKNOWN: Refusal = Refusal::barred("this call is not let through");

/// A request, taken apart.
pub(super) struct Asked<'a> {
    pub(super) method: Method,
    /// The parts of the path after the version, at least one.
    pub(super) parts: &'a [&'a str],
    pub(super) query: Query,
    pub(super) body: &'a [u8],
    /// The version with its slash, or nothing.
    pub(super) version: &'a str,
}

/// A call that is let through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Call {
    /// The version of the API with its slash, or nothing.
    pub(crate) version: String,
    pub(crate) subject: Subject,
    pub(crate) action: Action,
}

/// Whose container must be looked at before anything is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Nothing,
    Container(Id),
    /// A container that may also be the proxy of a public database.
    ContainerOrProxy(Id),
    /// The container in which the command runs.
    Exec(Id),
}

/// What is done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// The gate tells its version.
    Describe,
    /// The subject as it was read is the answer.
    Show,
    /// The containers of resources that run are told.
    ListRunning,
    /// The labels that the container has from its image are told.
    ShowInherited,
    /// A container that starts is waited for.
    AwaitStart(Starts),
    /// The engine is asked.
    Forward(Forward),
    /// The command and its children are ended.
    End(Option<Marker>),
}

/// The starts of containers that are waited for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Starts {
    /// From this moment on, in seconds since 1970 with a fraction; without it, the answer tells the present moment.
    pub(crate) since: Option<String>,
    /// The longest wait.
    pub(crate) within: Duration,
}

/// A request to the engine. All of it was built by the gate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Forward {
    pub(crate) method: &'static str,
    /// Version, path and query.
    pub(crate) target: String,
    /// A JSON text.
    pub(crate) body: Option<String>,
    pub(crate) answered: Answered,
    /// How long the engine may take for the next byte of its answer.
    pub(crate) patience: Duration,
}

/// What becomes of the engine's answer if it is no failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answered {
    /// It is passed on as it comes.
    Streamed,
    /// It is reduced to the engine's version.
    Version,
    /// It is reduced to the volumes of resources.
    Volumes,
    /// It is passed on, and the id of the command that it tells is remembered with its mark.
    Created(Marker),
    /// It is the output of a command, which is ended if the client goes away.
    Output,
}

impl Forward {
    pub(super) fn new(method: &'static str, target: String, answered: Answered) -> Self {
        Self { method, target, body: None, answered, patience: PATIENCE }
    }

    /// Returns whether it creates a command in a container.
    pub(crate) fn creates_command(&self) -> bool {
        matches!(self.answered, Answered::Created(_))
    }
}

/// Returns the full id that a part of a path is.
pub(super) fn id(text: &str) -> Result<Id, Refusal> {
    Id::new(text).ok_or(Refusal::barred("only the full id of 64 digits is accepted"))
}
