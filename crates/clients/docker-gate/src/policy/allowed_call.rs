//! A call that is let through: the subject to check first, and the action.

use std::time::Duration;

use crate::http::{Method, Query, Refusal};
use crate::resource_names::{Id, Marker};

/// The timeout for the next byte of an answer.
pub(super) const PATIENCE: Duration = Duration::from_mins(1);

/// The same for walking through all volumes of the host.
pub(super) const LONG_PATIENCE: Duration = Duration::from_mins(5);

pub(super) const UNKNOWN: Refusal = Refusal::forbidden("this call is not allowed");

/// A request, taken apart.
pub(super) struct ParsedRequest<'a> {
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

/// The subject that must be looked at before any action.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Subject {
    Nothing,
    Container(Id),
    /// A container that may also be the proxy of a public database.
    ContainerOrProxy(Id),
    /// The container in which the command runs.
    Exec(Id),
}

/// The action of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// The gate answers with its version.
    Describe,
    /// The engine's description of the subject is the answer.
    Show,
    /// The answer lists the containers of resources that run.
    ListRunning,
    /// The answer contains the labels that the container has from its image.
    ShowInherited,
    /// The gate waits until a container starts.
    AwaitStart(StartWait),
    /// The engine answers.
    Forward(Forward),
    /// The gate ends the command and its children.
    End(Option<Marker>),
}

/// A wait for starts of containers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StartWait {
    /// From this moment on, in seconds since 1970 with a fraction; without it, the answer contains
    /// the current moment.
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
    pub(crate) answered: AnswerHandling,
    /// The timeout for the next byte of the engine's answer.
    pub(crate) patience: Duration,
}

/// The treatment of the engine's answer if it is not a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AnswerHandling {
    /// It is passed on as it comes.
    Streamed,
    /// It is reduced to the engine's version.
    Version,
    /// It is reduced to the volumes of resources.
    Volumes,
    /// It is passed on, and the command's id in it is remembered with its mark.
    Created(Marker),
    /// It is the output of a command, which is ended if the client goes away.
    Output,
}

impl Forward {
    pub(super) fn new(method: &'static str, target: String, answered: AnswerHandling) -> Self {
        Self { method, target, body: None, answered, patience: PATIENCE }
    }

    /// Returns whether it creates a command in a container.
    pub(crate) fn creates_command(&self) -> bool {
        matches!(self.answered, AnswerHandling::Created(_))
    }
}

/// Reads a part of a path that is a full id.
pub(super) fn id(text: &str) -> Result<Id, Refusal> {
    Id::new(text).ok_or(Refusal::forbidden("only the full id of 64 digits is accepted"))
}
