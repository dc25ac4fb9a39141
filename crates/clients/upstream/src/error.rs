//! The error of a failed call to an upstream, and whether the call may have changed something.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

/// The possible effect of a failed call on the upstream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Effect {
    /// The call only reads, never arrived, or was refused.
    None,
    /// The call arrived, and no answer says how it ended.
    Possible,
}

/// The subject of a 409, or of the upstream's equivalent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// A domain is taken by another resource, possibly another tenant's.
    Domain,
    /// A port is taken by another resource, possibly another tenant's.
    Port,
    /// The resource to be started is already running.
    Running,
    /// Something of that name, or the same key, exists.
    Exists,
    /// The resource to be removed is not empty.
    NotEmpty,
    /// The container is not running.
    Stopped,
    /// There is no such container.
    NoContainer,
    /// The run to be cancelled has ended.
    Ended,
    /// Somebody else changed it at the same time, again and again.
    Changed,
}

/// The values that the upstream refused.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status it answered with.
    pub status: u16,
    /// Field → short, sanitised messages; see [`crate::Fields`].
    pub fields: BTreeMap<String, Vec<String>>,
}

/// Trouble that only the operator can mend: a setting of ours or of the upstream's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// The problem, as the rest of a sentence that names the upstream, such as `its API is
    /// disabled`.
    pub what: &'static str,
    /// The operator's remedy, as an imperative.
    pub fix: &'static str,
}

/// The reason why a call failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cause {
    /// No connection: the request was not sent.
    Unreachable,
    /// The connection ended before the answer did.
    Dropped,
    /// No answer in time.
    TimedOut,
    /// An answer that is not what the upstream documents.
    Malformed,
    /// An answer about something else than the request.
    Mistaken,
    /// A body above the limit.
    TooLarge,
    /// Too many calls.
    Limited {
        /// The time until the next call may succeed.
        retry_after: Duration,
        /// True if our own rate budget is exhausted, false for the upstream's rate limit.
        ours: bool,
    },
    /// Other answers take too much memory for this one to be read.
    Crowded {
        /// The time until the next call may succeed.
        retry_after: Duration,
    },
    /// The upstream refused the values.
    Refused(Refusal),
    /// The upstream does not know the name that was sent, and its answer lists the names that it
    /// knows.
    UnknownName {
        /// The names.
        known: Vec<String>,
    },
    /// The upstream's queue takes nothing more at present.
    QueueFull,
    /// The resource does not exist.
    NotFound,
    /// 401 or 403: the upstream rejected our credentials. Only the operator can mend it.
    Unauthorized,
    /// The call conflicts with what exists.
    Conflict(Conflict),
    /// The resource is known by another name now.
    Renamed {
        /// The new path below the API's base, as the upstream wrote it.
        to: String,
    },
    /// Something in front of the upstream, such as a proxy, redirects to another address.
    Elsewhere,
    /// Something in front of the upstream answered with this status, so that it says nothing about
    /// the resource.
    Foreign {
        /// The HTTP status.
        status: u16,
    },
    /// This release of the upstream has no such route; only for a request that may be for a later one
    /// ([`crate::Request::may_be_unsupported`]).
    Unsupported,
    /// Only the operator can mend it.
    Operator(Trouble),
    /// The upstream refused what this server asks for on its own, because of a setting or a right that
    /// only its operator can change.
    Barred {
        /// The HTTP status.
        status: u16,
        /// The plain words of the upstream's reason, for the log.
        reason: String,
    },
    /// Any other status.
    Failed {
        /// The HTTP status.
        status: u16,
    },
}

/// A failed call: which upstream, which call (by its path template), why, and with what effect.
///
/// It never holds a query, a body, a header or userinfo.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Error {
    /// The upstream's name, as it is shown to people.
    pub upstream: &'static str,
    /// The HTTP method.
    pub method: &'static str,
    /// The path template, without ids; the command's name where all have one path.
    pub path: &'static str,
    /// Why.
    pub cause: Cause,
    /// The possible effect on the upstream.
    pub effect: Effect,
}

impl Error {
    /// Returns whether the resource does not exist.
    pub fn is_not_found(&self) -> bool {
        self.cause == Cause::NotFound
    }

    /// Returns whether the call conflicts with what exists.
    pub fn is_conflict(&self) -> bool {
        matches!(self.cause, Cause::Conflict(_))
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { upstream, method, path, cause, .. } = self;
        write!(f, "{upstream}: {method} {path}: {cause}")
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable => f.write_str("no connection"),
            Self::Dropped => f.write_str("connection lost"),
            Self::TimedOut => f.write_str("no answer in time"),
            Self::Malformed => f.write_str("unreadable answer"),
            Self::Mistaken => f.write_str("answer about something else"),
            Self::TooLarge => f.write_str("answer above the limit"),
            Self::Limited { ours: true, .. } => f.write_str("our rate budget is exhausted"),
            Self::Limited { .. } => f.write_str("status 429"),
            Self::Crowded { .. } => f.write_str("too many long answers at the same time"),
            Self::Refused(refusal) => write!(f, "refused with status {}", refusal.status),
            Self::NotFound => f.write_str("not found"),
            Self::UnknownName { .. } => f.write_str("unknown name"),
            Self::Unauthorized => f.write_str("credentials rejected"),
            Self::Conflict(Conflict::Domain) => f.write_str("domain taken"),
            Self::Conflict(Conflict::Port) => f.write_str("port taken"),
            Self::Conflict(Conflict::Running) => f.write_str("already running"),
            Self::Conflict(Conflict::Exists) => f.write_str("exists"),
            Self::Conflict(Conflict::NotEmpty) => f.write_str("not empty"),
            Self::Conflict(Conflict::Stopped) => f.write_str("not running"),
            Self::Conflict(Conflict::NoContainer) => f.write_str("no container"),
            Self::Conflict(Conflict::Ended) => f.write_str("ended"),
            Self::Conflict(Conflict::Changed) => f.write_str("changed at the same time"),
            Self::QueueFull => f.write_str("queue full"),
            Self::Renamed { .. } => f.write_str("renamed"),
            Self::Elsewhere => f.write_str(
                "redirected to another address; the configured address must be the final one",
            ),
            Self::Foreign { status } => {
                write!(f, "status {status} from something in front of it")
            }
            Self::Unsupported => f.write_str("no such route in this release"),
            Self::Operator(Trouble { what, fix }) => write!(f, "{what}; {fix}"),
            Self::Barred { status, reason } => {
                write!(f, "refused with status {status} ({reason}); only its operator can fix it")
            }
            Self::Failed { status } => write!(f, "status {status}"),
        }
    }
}

/// Turns "not found" into `None`.
pub fn optional<T>(result: Result<T, Error>) -> Result<Option<T>, Error> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Turns "not found" into success, for removals.
pub fn ignore_not_found(result: Result<(), Error>) -> Result<(), Error> {
    optional(result).map(drop)
}
