//! The errors of calls to a docker host. No message has a text of the engine, of `ssh` or of a
//! container.

use std::time::Duration;

use crate::container_states::{CommandEnd, Status};

/// The result of a call to a docker host.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// The reason why there is no connection to the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, thiserror::Error)]
pub enum Trouble {
    /// The host does not answer.
    #[error("the host does not answer; check its address, its network and its SSH server")]
    Unreachable,
    /// The host did not finish signing in before the time was over, or the connection froze.
    #[error("the host did not answer in time; check its load and its network")]
    Frozen,
    /// The account does not accept the key.
    #[error("the account does not accept the key; check the key file and authorized_keys")]
    KeyRefused,
    /// The host's key is not the one in `known_hosts`. It was set up anew, or something else answers.
    #[error(
        "the host's key is not the one in the known_hosts file; find out why before you replace it"
    )]
    HostKeyChanged,
    /// `known_hosts` has no key for this host and port.
    #[error("the known_hosts file has no key for this host and port; add it with ssh-keyscan")]
    HostKeyUnknown,
    /// There is no `ssh` program on this machine, or it can't be started.
    #[error("the program ssh can't be started; install openssh-client")]
    NoSsh,
    /// `ssh` ended for another reason.
    #[error("SSH ended for an unknown reason; try the same connection with the program ssh")]
    Ssh,
    /// The host is reached, but its engine is not.
    #[error("the docker engine is not running on the host; start it there")]
    NoEngine,
    /// The account may not use the engine's socket.
    #[error(
        "the account is not allowed to use the docker engine's socket; add it to the group docker"
    )]
    Denied,
}

/// The subject of a conflict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Conflict {
    /// Containers use the volume, running or not.
    VolumeInUse {
        /// The names of these containers.
        by: Vec<String>,
    },
    /// Running containers are on the network.
    NetworkInUse,
    /// Another removal of the same thing is under way.
    BeingRemoved,
    /// Something of that name exists.
    Exists,
    /// Anything else that the engine answers 409 to.
    Other,
}

/// The reason why a call failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is no connection: the request was not sent.
    #[error("no connection to the docker host: {0}")]
    NotConnected(Trouble),
    /// The connection ended after the request was sent.
    #[error("the connection to the docker host was lost")]
    Lost,
    /// The connection ended while a command ran. Its output is incomplete and dropped.
    #[error("the connection to the docker host was lost while the command ran")]
    LostDuring(CommandEnd),
    /// The command was canceled before it was started.
    #[error("the command was canceled before it was started")]
    Canceled,
    /// No answer in time, after the request was sent.
    #[error("the docker host did not answer in time")]
    TimedOut,
    /// Too many calls at the same time: the request was not sent.
    #[error("too many calls to the docker host at the same time")]
    Busy {
        /// The time until the next call may succeed.
        retry_after: Duration,
    },
    /// The container with this id is gone.
    #[error("the container no longer exists")]
    NoContainer,
    /// There is no such volume, network, or file in the container.
    #[error("not found on the docker host")]
    NotFound,
    /// The container is not running.
    #[error("the container is not running: {0}")]
    NotRunning(Status),
    /// The call conflicts with what exists.
    #[error("the call conflicts with what is on the docker host")]
    Conflict(Conflict),
    /// The engine's address pools have no subnet left for another network.
    #[error("the docker host has no subnet left for another network")]
    NoSubnet,
    /// The host's gate does not let the call through.
    #[error("the docker host's gate refused the call")]
    Refused,
    /// The call was not sent, because a value can't be sent; the text says which and why.
    #[error("{0}")]
    Invalid(&'static str),
    /// The answer is above its limit.
    #[error("the docker host's answer is too large")]
    TooLarge,
    /// An answer that is not what Docker documents.
    #[error("the docker host's answer is unreadable")]
    Malformed,
    /// The engine failed.
    #[error("the docker engine failed with status {status}")]
    Engine {
        /// The HTTP status.
        status: u16,
    },
}

impl Error {
    /// Returns whether a change may have happened on the host although the call failed.
    pub fn may_have_happened(&self) -> bool {
        matches!(
            self,
            Self::Lost | Self::LostDuring(_) | Self::TimedOut | Self::Malformed | Self::TooLarge
        )
    }

    /// Returns whether the subject of the call does not exist.
    pub fn is_not_found(&self) -> bool {
        matches!(self, Self::NoContainer | Self::NotFound)
    }
}
