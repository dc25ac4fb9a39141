//! The states of a container and of a command in it.

use std::fmt;

use covibe_domain::Timestamp;

/// The status of a container.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Status {
    /// Created and never started, or Docker could not start it.
    Created,
    /// It runs.
    Running,
    /// It ended, and Docker waits before it starts it again: a crash loop.
    Restarting,
    /// It is frozen by `docker pause`.
    Paused,
    /// It is being removed.
    Removing,
    /// It ended.
    Exited,
    /// Docker could not remove it completely.
    Dead,
    /// A status that Docker did not have when this was written (29.0).
    Unknown,
}

/// The result of a health check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Health {
    /// Not enough probes yet.
    Starting,
    /// The last probe succeeded.
    Healthy,
    /// Too many probes in a row failed.
    Unhealthy,
}

/// One probe of a health check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HealthCheck {
    /// When it began.
    pub at: Option<Timestamp>,
    /// Its exit code; 0 is success.
    pub exit_code: i64,
    /// Its output: the container's text, at most 4096 bytes of it.
    pub output: String,
}

/// The kind of a mount's source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MountKind {
    /// A volume, named or anonymous.
    Volume,
    /// A path of the host.
    Bind,
    /// Memory.
    Memory,
    /// Anything else.
    Other,
}

/// A mount.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mount {
    /// The volume's name; an anonymous one has 64 hexadecimal digits.
    pub name: Option<String>,
    /// The kind of the source.
    pub kind: MountKind,
    /// The path in the container.
    pub destination: String,
    /// True if the container may write to it.
    pub writable: bool,
}

/// The way in which a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CommandEnd {
    /// By itself.
    Exited,
    /// It was ended, and was seen to be gone.
    Killed,
    /// It was not seen to end: it may still run in the container.
    MayStillRun,
}

impl Status {
    /// Reads Docker's word.
    pub(crate) fn parse(word: &str) -> Self {
        match word {
            "created" => Self::Created,
            "running" => Self::Running,
            "restarting" => Self::Restarting,
            "paused" => Self::Paused,
            "removing" => Self::Removing,
            "exited" => Self::Exited,
            "dead" => Self::Dead,
            _ => Self::Unknown,
        }
    }
}

impl Status {
    /// Returns whether the program runs, Docker would start it again, or its status is unknown.
    pub const fn may_run(self) -> bool {
        !matches!(self, Self::Created | Self::Exited | Self::Removing | Self::Dead)
    }

    /// Returns Docker's word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Running => "running",
            Self::Restarting => "restarting",
            Self::Paused => "paused",
            Self::Removing => "removing",
            Self::Exited => "exited",
            Self::Dead => "dead",
            Self::Unknown => "unknown",
        }
    }
}

impl Health {
    /// Reads Docker's word; `None` for a container without a health check.
    pub(crate) fn parse(word: &str) -> Option<Self> {
        match word {
            "starting" => Some(Self::Starting),
            "healthy" => Some(Self::Healthy),
            "unhealthy" => Some(Self::Unhealthy),
            _ => None,
        }
    }

    /// Returns Docker's word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Starting => "starting",
            Self::Healthy => "healthy",
            Self::Unhealthy => "unhealthy",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Created => "created, but never started",
            Self::Running => "running",
            Self::Restarting => "restarting after a crash",
            Self::Paused => "paused",
            Self::Removing => "being removed",
            Self::Exited => "exited",
            Self::Dead => "dead",
            Self::Unknown => "in an unknown state",
        })
    }
}
