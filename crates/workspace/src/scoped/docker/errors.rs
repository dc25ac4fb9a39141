//! Failures of docker hosts, as callers get them.

use covibe_docker_host::{CommandEnd, Conflict, Error, Status, Trouble};
use covibe_domain::{Failure, HostedUuid, Kind, ResourceKind};

/// The hint for the operator.
const CHECK: &str =
    "If the problem persists, tell the operator: `covibe-server check` shows what is wrong.";

/// The reason for the operator if the host presents another host key.
const CHECKS_KEY: &str = "the docker host's SSH host key is not the one that the operator \
                          confirmed; `covibe-server check` shows this, too.";

/// Returns the failure of a call that only reads.
pub(crate) fn failure(error: &Error) -> Failure {
    match *error {
        Error::NotConnected(trouble) => {
            tracing::warn!(%trouble, "the docker host cannot be reached");
            not_connected(trouble)
        }
        Error::Busy { retry_after } => {
            Failure::new(Kind::Limited, "Too many calls use the docker host at the same time.")
                .hint("Nothing was done. Repeat the call.")
                .retry_after(retry_after)
        }
        Error::NoContainer | Error::Conflict(Conflict::BeingRemoved) => {
            Failure::conflict("The container was replaced or removed during the call.")
                .hint("Repeat the call: it finds the new container, if there is one.")
        }
        Error::NotFound => {
            Failure::not_found("The docker host does not have that volume, network or file.")
                .hint("List what exists, then repeat the call with a name from the list.")
        }
        Error::NotRunning(status) => not_running(status),
        Error::Conflict(Conflict::VolumeInUse { .. }) => {
            Failure::conflict("The volume is still in use by containers.").hint("Repeat the call.")
        }
        Error::Conflict(Conflict::NetworkInUse) => Failure::conflict(
            "The workspace's Docker network still has containers.",
        )
        .hint(
            "Tell the operator to remove these containers, or to disconnect them from the network.",
        ),
        Error::Conflict(Conflict::Exists | Conflict::Other) => {
            Failure::conflict("The docker host refuses the call in the container's current state.")
                .hint("Check with apps.logs what the container does, then repeat the call.")
        }
        Error::Refused => {
            tracing::warn!("the docker host's gate refused a call");
            Failure::unready("The gate on the docker host refused the call.")
                .hint("Tell the operator: the gate and the server must have the same version.")
        }
        Error::NoSubnet => {
            tracing::warn!("the docker host has no subnet left for another network");
            Failure::unready("The docker host has no subnet left for another network.").hint(
                "Tell the operator to give Docker larger address pools (default-address-pools), and \
                 repeat the call afterwards.",
            )
        }
        Error::Invalid(what) => Failure::invalid(format!("The call can't be made: {what}.")),
        Error::Canceled => Failure::conflict("The command was not started."),
        Error::TimedOut => {
            Failure::new(Kind::Timeout, "The docker host did not answer in time.").hint(CHECK)
        }
        Error::LostDuring(ended) => lost_command(ended),
        Error::Lost | Error::TooLarge | Error::Malformed | Error::Engine { .. } => {
            tracing::warn!(%error, "a call to the docker host failed");
            Failure::new(Kind::Upstream, "The docker host failed.")
                .hint(format!("Repeat the call. {CHECK}"))
        }
    }
}

/// Returns the failure of a call that changes something.
pub(crate) fn change_failure(error: &Error) -> Failure {
    let is_in_doubt = error.may_have_happened();
    let failure = failure(error);
    if is_in_doubt { failure.in_doubt() } else { failure }
}

/// 503: there is no connection to the engine. The failure says only which part of the path fails, and nothing else
/// about the host.
fn not_connected(trouble: Trouble) -> Failure {
    let (message, hint) = match trouble {
        Trouble::Unreachable | Trouble::Frozen => {
            ("The docker host does not answer.", format!("Retry in a minute. {CHECK}"))
        }
        Trouble::NoEngine => (
            "The docker host answers, but Docker is not running on it.",
            format!("Its containers may be down, too. Retry in a minute. {CHECK}"),
        ),
        Trouble::HostKeyChanged | Trouble::HostKeyUnknown => (
            "The machine at the docker host's address could not prove that it is that host.",
            format!("Retrying does not help. Tell the operator at once: {CHECKS_KEY}"),
        ),
        Trouble::KeyRefused | Trouble::Denied => (
            "The docker host does not let this server in.",
            "Retrying does not help. Tell the operator: `covibe-server check` shows what is wrong."
                .to_owned(),
        ),
        Trouble::NoSsh | Trouble::Ssh => (
            "This server can't open a connection to the docker host.",
            format!("Retry in a minute. {CHECK}"),
        ),
    };
    Failure::unready(message).hint(hint)
}

/// 409: a command needs a container that runs.
fn not_running(status: Status) -> Failure {
    let hint = match status {
        Status::Restarting => {
            "It crashes and restarts repeatedly: apps.logs shows why. Retry once it is running."
        }
        Status::Paused => "The operator has paused it. Ask them.",
        _ => "apps.logs shows why it ended; apps.control starts it.",
    };
    Failure::conflict(format!("The container is not running: it is {status}. Nothing was run."))
        .hint(hint)
}

/// 502: the connection ended while a command ran.
fn lost_command(ended: CommandEnd) -> Failure {
    let hint = match ended {
        CommandEnd::MayStillRun => {
            "The command may still be running in the container. Check with apps.exec and ps -ef before you \
             repeat it."
        }
        CommandEnd::Exited | CommandEnd::Killed => {
            "The command has ended, and its output is lost. Check what it did before you repeat it."
        }
    };
    Failure::new(Kind::Upstream, "The connection to the docker host was lost during the command.")
        .hint(hint)
}

/// Returns the failure of a search for a resource; if it is missing, with the tools that list the existing ones.
pub(super) fn missing_hosted(failure: Failure, id: &HostedUuid) -> Failure {
    if failure.kind != Kind::NotFound {
        return failure;
    }
    let kind = ResourceKind::Hosted;
    Failure::not_found(format!("No {kind} has the uuid {id}."))
        .hint(format!("Use {} to find the right uuid.", kind.lists()))
}
