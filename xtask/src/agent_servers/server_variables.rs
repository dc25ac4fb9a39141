//! The servers, and the variables without which one gets surroundings of its own.

use clap::ValueEnum;

/// A server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Server {
    Coolify,
    Gitea,
    Workspace,
    Platform,
    Agent,
}

impl Server {
    /// Returns the word for it.
    pub(super) fn name(self) -> String {
        format!("{self:?}").to_lowercase()
    }

    /// Returns the variables of the server; without any of them, it gets surroundings of its own.
    pub(super) const fn variables(self) -> &'static [&'static str] {
        match self {
            Self::Coolify => &["COOLIFY_API_URL", "COOLIFY_API_TOKEN"],
            Self::Gitea => &["GITEA_API_URL", "GITEA_API_TOKEN", "GITEA_USERNAME"],
            Self::Workspace => &["WORKSPACE_ROOT"],
            Self::Platform => &["COVIBE_AGENT_HOME"],
            Self::Agent => &["AGENT_RUNNER_URL", "AGENT_RUNNER_HOME"],
        }
    }
}

/// The servers that a word names.
#[derive(Clone, Debug)]
pub(super) struct Servers(pub(super) Vec<Server>);

impl Servers {
    /// Returns all servers.
    pub(super) fn all() -> Self {
        Self(Server::value_variants().to_vec())
    }

    /// Reads the name of a server, or `all`.
    pub(super) fn parse(word: &str) -> Result<Self, String> {
        if word == "all" {
            return Ok(Self::all());
        }
        Server::from_str(word, false).map(|server| Self(vec![server]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_argument_names_a_server_or_all() {
        assert_eq!(Servers::parse("gitea").unwrap().0, [Server::Gitea]);
        assert_eq!(Servers::parse("all").unwrap().0.len(), 5);
        assert!(Servers::parse("job").is_err());
    }
}
