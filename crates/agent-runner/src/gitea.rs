//! The Gitea whose repositories agents work in.

use covibe_agent_servers::settings::Variables;
use covibe_domain::Secret;
use covibe_gitea::{Client, Config};

/// The Gitea whose repositories agents work in.
#[derive(Clone, Debug)]
pub(crate) struct Gitea {
    pub(crate) client: Client,
    pub(crate) username: String,
    pub(crate) token: Secret,
}

impl Gitea {
    /// Reads Gitea's three variables; none if none is set, or if a problem was noted. A rustls crypto provider must be
    /// installed.
    pub(crate) fn read(variables: &mut Variables<'_>) -> Option<Self> {
        const NAMES: [&str; 3] = ["GITEA_API_URL", "GITEA_API_TOKEN", "GITEA_USERNAME"];
        if NAMES.iter().all(|name| variables.optional(name).is_none()) {
            return None;
        }
        let url = variables.required_url(NAMES[0], "the address of Gitea");
        let token = variables.required_token(NAMES[1], "a token of Gitea");
        let username = variables.required(NAMES[2], "the name of the token's user");
        if token.is_empty() || username.is_empty() {
            return None;
        }
        let client = Client::new(Config::new(url?, username.clone(), token.clone()));
        let client = client.map_err(|error| variables.problem(format!("Gitea: {error}."))).ok()?;
        Some(Self { client, username, token })
    }
}
