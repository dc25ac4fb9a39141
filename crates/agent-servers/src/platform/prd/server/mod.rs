//! A Co-Vibe server, its workspaces and projects over REST: the settings, and the client that is made of them when it is
//! first needed.

mod client;
mod status_errors;

use std::sync::{Arc, OnceLock};

use covibe_domain::{Failure, Secret, Slug};
use url::Url;

use crate::environment_settings::Variables;
use crate::platform::file_and_setting_errors::no_client;
use crate::platform::optional_variables::{
    ProblemNoted, optional_token, optional_url, warn_of_plain,
};

pub(super) use self::client::CoVibe;

/// The variables of the server's address, of a key, and of the workspace.
const ADDRESS: &str = "COVIBE_BASE_URL";
const KEY: &str = "VIBN_API_KEY";
const WORKSPACE: &str = "VIBN_WORKSPACE";

/// A Co-Vibe server that gets PRDs as projects, or none.
#[derive(Clone, Debug, Default)]
pub(in crate::platform) struct Server(Option<Arc<Configured>>);

/// The client is made late: for an address with TLS it reads the system's certificates, which takes longer than the rest
/// of a start.
#[derive(Debug)]
struct Configured {
    address: Url,
    key: Secret,
    workspace: Option<Slug>,
    client: OnceLock<CoVibe>,
}

impl Server {
    /// Reads `COVIBE_BASE_URL`, `VIBN_API_KEY` and `VIBN_WORKSPACE`. Without the first two there is no server.
    /// Returns `None` if a problem was noted.
    pub(in crate::platform) fn read(variables: &mut Variables<'_>) -> Option<Self> {
        let address = optional_url(variables, ADDRESS, "the address of a Co-Vibe server").ok()?;
        let key = optional_token(variables, KEY, "a key for the Co-Vibe server").ok()?;
        let workspace = workspace(variables).ok()?;
        let (Some(address), Some(key)) = (&address, &key) else {
            if let Some(missing) = missing_variable(address.is_some(), key.is_some()) {
                variables.warning(format!("{missing} is not set: PRDs stay on this machine."));
            }
            return Some(Self::default());
        };
        warn_of_plain(variables, ADDRESS, address);
        let (address, key) = (address.clone(), key.clone());
        Some(Self(Some(Arc::new(Configured { address, key, workspace, client: OnceLock::new() }))))
    }

    /// Returns the client, if there is a server.
    pub(in crate::platform::prd) fn get(&self) -> Result<Option<&CoVibe>, Failure> {
        let Some(configured) = &self.0 else { return Ok(None) };
        let Configured { address, key, workspace, client } = &**configured;
        if let Some(client) = client.get() {
            return Ok(Some(client));
        }
        let made =
            CoVibe::new(address, key, workspace.clone()).map_err(|error| no_client(&error))?;
        Ok(Some(client.get_or_init(|| made)))
    }
}

/// Returns the variable that is missing beside the other.
fn missing_variable(address: bool, key: bool) -> Option<&'static str> {
    match (address, key) {
        (true, false) => Some(KEY),
        (false, true) => Some(ADDRESS),
        _ => None,
    }
}

fn workspace(variables: &mut Variables<'_>) -> Result<Option<Slug>, ProblemNoted> {
    let Some(slug) = variables.optional(WORKSPACE) else { return Ok(None) };
    slug.trim().parse().map(Some).map_err(|_| {
        variables.problem(format!("{WORKSPACE} is not the slug of a workspace, such as mark."));
        ProblemNoted
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(variables: &[(&str, &str)]) -> (Option<Server>, Result<Vec<String>, Vec<String>>) {
        let lookup = |name: &str| {
            let found = variables.iter().find(|(each, _)| *each == name);
            found.map(|(_, value)| (*value).to_owned())
        };
        let mut variables = Variables::new(&lookup);
        (Server::read(&mut variables), variables.finish())
    }

    #[test]
    fn a_key_without_an_address_or_vice_versa_is_ignored_with_a_warning() {
        for (set, missing) in [(KEY, ADDRESS), (ADDRESS, KEY)] {
            let (server, warnings) = read(&[(set, "https://a.example")]);
            assert!(server.unwrap().0.is_none());
            assert!(warnings.unwrap()[0].starts_with(missing));
        }
        assert!(read(&[]).0.unwrap().0.is_none());
    }

    #[test]
    fn a_key_over_plain_http_is_warned_of_except_on_loopback() {
        let warnings = |address| read(&[(ADDRESS, address), (KEY, "vibn_sk_x")]).1.unwrap();
        assert!(warnings("http://a.example")[0].starts_with(ADDRESS));
        for address in
            ["https://a.example", "http://localhost:3000", "http://127.0.0.1", "http://[::1]:80"]
        {
            assert_eq!(warnings(address), [""; 0], "{address}");
        }
    }

    #[test]
    fn malformed_settings_are_reported_without_their_values() {
        for (name, value) in [(ADDRESS, "a.example"), (KEY, "vibn sk"), (WORKSPACE, "Not A Slug")] {
            let (server, problems) = read(&[(name, value)]);
            assert!(server.is_none(), "{name}");
            let problems = problems.unwrap_err();
            assert!(problems[0].starts_with(name) && !problems[0].contains(value), "{problems:?}");
        }
    }
}
