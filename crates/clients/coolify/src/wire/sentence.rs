//! The sentences by which Coolify tells what it has no code for.

/// What a message of Coolify's means. Read from beta.473 to 4.3.11, whose wording varies in what
/// stands before or after the part that is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sentence {
    /// The token's team does not exist (400 in place of 401).
    InvalidToken,
    /// The server has nowhere to put a container.
    NoDestination,
    /// The server has several places, and the request names none.
    SeveralDestinations,
    /// Another database of the team has the public port.
    PortTaken,
    /// What was to be started is running.
    AlreadyRunning,
    /// A deployment of the same commit is queued or running.
    AlreadyQueued,
    /// A project or an environment is not empty.
    HasResources,
    /// The team has the same key, or something of the same name.
    AlreadyExists,
}

impl Sentence {
    /// Reads a message; `None` for one that nothing depends on.
    pub(crate) fn of(message: &str) -> Option<Self> {
        Some(match message {
            "Invalid token." => Self::InvalidToken,
            it if it.starts_with("Server has no destinations") => Self::NoDestination,
            it if it.starts_with("Server has multiple destinations") => Self::SeveralDestinations,
            it if it.starts_with("Public port already used") => Self::PortTaken,
            it if it.ends_with("already running.") => Self::AlreadyRunning,
            it if it.to_ascii_lowercase().contains("already queued") => Self::AlreadyQueued,
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
    fn recognizes_what_coolify_says() {
        for (message, expected) in [
            ("Invalid token.", Some(Sentence::InvalidToken)),
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
            ("UUID is required.", None),
            ("Service is already stopped.", None),
            ("Application site deployment queued.", None),
            ("", None),
        ] {
            assert_eq!(Sentence::of(message), expected, "{message}");
        }
    }
}
