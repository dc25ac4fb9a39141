//! A user's account at a Gitea, as three variables give it.

use covibe_domain::Secret;
use covibe_gitea::{Client, Config, has_name_form};

use crate::environment_settings::Variables;

/// The variables of an account: its Gitea's address, its token and its name.
const GITEA_VARIABLES: [&str; 3] = ["GITEA_API_URL", "GITEA_API_TOKEN", "GITEA_USERNAME"];

/// A user's account at a Gitea.
#[derive(Clone, Debug)]
pub struct GiteaAccount {
    /// A client that acts as the user.
    pub client: Client,
    /// The user's name.
    pub username: String,
    /// The user's token.
    pub token: Secret,
}

impl GiteaAccount {
    /// Returns whether any of the variables is set, so that all have to be.
    pub fn is_set(variables: &Variables<'_>) -> bool {
        GITEA_VARIABLES.iter().any(|name| variables.optional(name).is_some())
    }

    /// Reads `GITEA_API_URL`, with or without `/api/v1`, `GITEA_API_TOKEN` and `GITEA_USERNAME`. `token` says what the
    /// token is. Returns none if one of them is missing or malformed, which is noted. A rustls crypto provider must be
    /// installed.
    pub fn read(variables: &mut Variables<'_>, token: &str) -> Option<Self> {
        let [address, secret, user] = GITEA_VARIABLES;
        let url = variables.required_url(address, "the address of Gitea");
        let token = variables.required_token(secret, token);
        let username = variables.required(user, "the name of the token's user on Gitea");
        let username = username.trim().to_owned();
        if !username.is_empty() && !has_name_form(&username) {
            variables.problem(format!("{user} is not the name of a user on Gitea, such as ada."));
            return None;
        }
        if token.is_empty() || username.is_empty() {
            return None;
        }
        match Client::new(Config::new(url?, &username, token.clone())) {
            Ok(client) => Some(Self { client, username, token }),
            Err(error) => {
                variables.problem(format!("{address} or {secret}: {error}."));
                None
            }
        }
    }
}
