//! The sentences by which Coolify reports errors that have no code.

/// The meaning of a message of Coolify's. Read from beta.473 to 4.3.11, whose wording varies before
/// and after the part that is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sentence {
    /// The token's team does not exist (400 in place of 401).
    InvalidToken,
    /// The API is switched off (403).
    ApiDisabled,
    /// The API does not serve the caller's address (403).
    AddressRefused,
    /// The token lacks an ability (403).
    LacksAbility,
    /// There is no server of that uuid.
    UnknownServer,
    /// The project has no environment of that name or uuid.
    UnknownEnvironment,
    /// The server has nowhere to put a container.
    NoDestination,
    /// The server has several places, and the request names none.
    SeveralDestinations,
    /// Another database of the team has the public port.
    PortTaken,
    /// The resource to be started is running.
    AlreadyRunning,
    /// The resource to be stopped does not run, as far as Coolify has looked.
    AlreadyStopped,
    /// A deployment of the same commit is queued or running.
    AlreadyQueued,
    /// A project or an environment is not empty.
    HasResources,
    /// A container does not run, or restarts at this moment.
    NotRunning,
    /// A service has no such container.
    NoContainer,
    /// The server's queue of deployments is full.
    QueueFull,
    /// A deployment has ended and cannot be cancelled.
    NotCancellable,
    /// The team has the same key, or something of the same name.
    AlreadyExists,
}

/// The text before the names of the abilities that a token lacks.
pub(crate) const MISSING_ABILITY: &str = "Missing required permissions: ";

impl Sentence {
    /// Reads a message; `None` for one that nothing depends on.
    pub(crate) fn from_message(message: &str) -> Option<Self> {
        Some(match message {
            "Invalid token." => Self::InvalidToken,
            "API is disabled." => Self::ApiDisabled,
            "You are not allowed to access the API." => Self::AddressRefused,
            "Server not found." => Self::UnknownServer,
            "Environment not found." => Self::UnknownEnvironment,
            it if it.starts_with(MISSING_ABILITY) => Self::LacksAbility,
            it if it.starts_with("You need to provide a valid environment") => {
                Self::UnknownEnvironment
            }
            it if it.starts_with("Server has no destinations") => Self::NoDestination,
            it if it.starts_with("Server has multiple destinations") => Self::SeveralDestinations,
            it if it.starts_with("Public port already used") => Self::PortTaken,
            it if it.ends_with("already running.") => Self::AlreadyRunning,
            it if it.ends_with("already stopped.") => Self::AlreadyStopped,
            it if it.to_ascii_lowercase().contains("already queued") => Self::AlreadyQueued,
            it if it.ends_with("is not running.") => Self::NotRunning,
            "Container not found." => Self::NoContainer,
            it if it.starts_with("Deployment queue is full") => Self::QueueFull,
            it if it.starts_with("Deployment cannot be cancelled") => Self::NotCancellable,
            it if it.contains("has resources") => Self::HasResources,
            it if it.contains("already exists") => Self::AlreadyExists,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn coolifys_error_messages_are_recognized() {
        for (message, expected) in [
            ("Invalid token.", Some(Sentence::InvalidToken)),
            ("API is disabled.", Some(Sentence::ApiDisabled)),
            ("You are not allowed to access the API.", Some(Sentence::AddressRefused)),
            ("Missing required permissions: write", Some(Sentence::LacksAbility)),
            ("Server not found.", Some(Sentence::UnknownServer)),
            ("Environment not found.", Some(Sentence::UnknownEnvironment)),
            (
                "You need to provide a valid environment_name or environment_uuid.",
                Some(Sentence::UnknownEnvironment),
            ),
            ("Server has no destinations.", Some(Sentence::NoDestination)),
            (
                "Server has multiple destinations and you do not set destination_uuid.",
                Some(Sentence::SeveralDestinations),
            ),
            ("Public port already used by another database.", Some(Sentence::PortTaken)),
            ("Service is already running.", Some(Sentence::AlreadyRunning)),
            ("Database is already running.", Some(Sentence::AlreadyRunning)),
            ("Deployment already queued for this commit.", Some(Sentence::AlreadyQueued)),
            ("Project has resources, so it cannot be deleted.", Some(Sentence::HasResources)),
            ("Private key already exists.", Some(Sentence::AlreadyExists)),
            ("Application is not running.", Some(Sentence::NotRunning)),
            ("Container not found.", Some(Sentence::NoContainer)),
            (
                "Deployment queue is full. Please wait for existing deployments to complete.",
                Some(Sentence::QueueFull),
            ),
            (
                "Deployment cannot be cancelled. Current status: finished",
                Some(Sentence::NotCancellable),
            ),
            ("UUID is required.", None),
            ("Service is already stopped.", Some(Sentence::AlreadyStopped)),
            ("Application site deployment queued.", None),
            ("", None),
        ] {
            assert_eq!(Sentence::from_message(message), expected, "{message}");
        }
    }
}
