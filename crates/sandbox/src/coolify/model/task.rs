//! Scheduled tasks and their executions.

use std::time::Instant;

use covibe_domain::Timestamp;

use crate::coolify::values::Object;

/// A command that Coolify runs in a container, by the clock or on request.
pub(crate) struct Task {
    pub(crate) uuid: String,
    /// The uuid of the application or service.
    pub(crate) owner: String,
    /// The columns that answers show, except uuid and times.
    pub(crate) fields: Object,
    pub(crate) executions: Vec<Execution>,
    pub(crate) created: Timestamp,
    pub(crate) updated: Timestamp,
}

/// One run of a task.
pub(crate) struct Execution {
    pub(crate) uuid: String,
    /// The moment when the worker takes it up; it is not listed before.
    pub(crate) begins: Instant,
    pub(crate) ends: Instant,
    /// True if the container runs, so that the command can be run in it.
    pub(crate) is_run: bool,
    pub(crate) created: Timestamp,
}
