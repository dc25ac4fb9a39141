//! The server that requests go to, and the key that goes with them.

use std::path::PathBuf;

use covibe_domain::Secret;

use crate::agent_kinds::Agent;
use crate::command_error::{Exit, Problem};
use crate::credentials::{Credentials, KeySource, NetworkVariables, select_key};
use crate::git::locate;
use crate::home::CompanionHome;
use crate::origin::Origin;
use crate::settings::Settings;

/// The server, as the arguments and the environment name it, and the way to it.
#[derive(Clone, Debug, Default)]
pub struct RouteOptions {
    /// `--base-url`, as it was given.
    pub flag: Option<String>,
    /// `COVIBE_BASE_URL`, as it was given.
    pub variable: Option<String>,
    /// True if `COVIBE_HOME` moves the companion's folder.
    pub is_home_moved: bool,
    /// The proxies and certificates of the environment.
    pub network: NetworkVariables,
}

/// The options of a bridge.
#[derive(Clone, Debug)]
pub struct BridgeOptions {
    /// The agent that speaks.
    pub agent: Agent,
    /// The server to which its requests go, as far as it was named.
    pub route: RouteOptions,
    /// The folder in which the agent works, if it is known.
    pub folder: Option<PathBuf>,
}

/// The server that a request goes to, and its key.
///
/// A configuration file of a repository can choose the arguments and the environment. So a key of `credentials.json` goes
/// only to the server that it is stored for, and a key in the environment only to a server that this machine was set up
/// for with this key, whatever folder the environment names. A proxy or a certificate authority of the environment is used
/// only if a command of a person has noted it. A folder that `COVIBE_HOME` names inside a repository is not believed.
#[derive(Clone, Debug)]
pub struct Route {
    /// The server.
    pub origin: Origin,
    /// The key.
    pub key: Secret,
    /// The place that the key comes from.
    pub source: KeySource,
}

impl Route {
    /// Finds the server and the key of an agent. The files are read anew each time, so that new keys are used at once.
    ///
    /// # Errors
    ///
    /// A problem if there are several servers and no sign of one, if there is no key for the server, or if a file, a
    /// proxy or a certificate authority cannot be trusted.
    pub fn find(
        home: &CompanionHome,
        agent: Agent,
        options: &RouteOptions,
    ) -> Result<Self, Problem> {
        if options.is_home_moved && locate(home.root()).is_some() {
            return Err(Problem::failure(
                "COVIBE_HOME is in a repository, so nothing in it is trusted.",
            )
            .hint("Unset COVIBE_HOME, or set it to a folder outside of repositories."));
        }
        let credentials = Credentials::load(home)?;
        let settings = Settings::load(home)?;
        let mut known = credentials.servers();
        known.extend(settings.default_server());
        let origin = choose_origin(options, &known, settings.default_server().as_ref())?;
        let key = select_key(None, &credentials, &origin, agent.key_type());
        let key = key.ok_or_else(|| no_key(&origin, agent))?;
        credentials.check_key(&origin, &key)?;
        credentials.check_network(&origin, &options.network)?;
        Ok(Self { origin, key: key.token, source: key.source })
    }
}

fn choose_origin(
    options: &RouteOptions,
    known: &[Origin],
    default: Option<&Origin>,
) -> Result<Origin, Problem> {
    let given = options.flag.as_ref().or(options.variable.as_ref()).filter(|text| !text.is_empty());
    if let Some(text) = given {
        return Ok(Origin::judge(text)?.origin);
    }
    if let Some(default) = default {
        return Ok(default.clone());
    }
    match known {
        [] => Err(Problem::new(
            Exit::NoCredentials,
            "This machine is not set up for a Co-Vibe server.",
        )
        .hint("Run `covibe-local setup --base-url https://covibe.example.com`.")),
        [only] => Ok(only.clone()),
        several => {
            let names: Vec<_> = several.iter().map(Origin::as_str).collect();
            Err(Problem::usage(format!(
                "This machine is set up for several servers: {}.",
                names.join(", ")
            ))
            .hint(format!("Choose one: covibe-local use {}", several[0])))
        }
    }
}

fn no_key(origin: &Origin, agent: Agent) -> Problem {
    let message = format!("There is no key for {} on {origin}.", agent.title());
    Problem::new(Exit::NoCredentials, message)
        .hint(format!("Run `covibe-local login --base-url {origin}`."))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsString;
    use std::fs;

    use covibe_domain::entities::AgentType;

    use super::*;
    use crate::credentials::{StoredKey, note_network};
    use crate::progress_output::Recorder;

    fn origin(text: &str) -> Origin {
        Origin::judge(text).unwrap().origin
    }

    fn set_up(servers: &[&str]) -> (tempfile::TempDir, CompanionHome) {
        let folder = tempfile::tempdir().unwrap();
        let home = CompanionHome::at(folder.path().join("covibe"));
        for server in servers {
            let key =
                StoredKey { token: Secret::new(format!("key of {server}")), expires_at: None };
            let server = origin(server);
            Credentials::update(&home, |c| c.insert(&server, "w", AgentType::Codex, &key)).unwrap();
        }
        (folder, home)
    }

    fn flag(text: &str) -> RouteOptions {
        RouteOptions { flag: Some(text.to_owned()), ..RouteOptions::default() }
    }

    #[test]
    fn a_key_is_sent_only_to_the_server_that_it_is_stored_for() {
        let (_folder, home) = set_up(&["https://a.example.com", "https://b.example.com"]);
        let find = |options: &RouteOptions| Route::find(&home, Agent::Codex, options);
        let found = find(&flag("https://b.example.com/")).unwrap();
        assert_eq!(found.key.expose(), "key of https://b.example.com");
        for hostile in
            ["https://evil.example.com", "https://a.example.com:8443", "http://localhost:1"]
        {
            assert_eq!(find(&flag(hostile)).unwrap_err().exit, Exit::NoCredentials, "{hostile}");
        }
        assert_eq!(
            find(&flag("https://a.example.com@evil.example.com")).unwrap_err().exit,
            Exit::Usage
        );
    }

    #[test]
    fn several_servers_without_a_default_are_an_error_with_a_hint() {
        let (_folder, home) = set_up(&["https://a.example.com", "https://b.example.com"]);
        let options = RouteOptions::default();
        let problem = Route::find(&home, Agent::Codex, &options).unwrap_err();
        assert!(problem.hint.unwrap().contains("covibe-local use"));
        let server = origin("https://b.example.com");
        Settings::update(&home, |settings| settings.set_default_server(&server)).unwrap();
        assert_eq!(Route::find(&home, Agent::Codex, &options).unwrap().origin, server);
    }

    #[test]
    fn a_key_is_not_sent_through_a_proxy_until_a_command_notes_it() {
        let (_folder, home) = set_up(&["https://a.example.com"]);
        let proxy = OsString::from("http://proxy.example.com:3128");
        let network = NetworkVariables::from_values([("HTTPS_PROXY", proxy)]);
        let options = RouteOptions { network: network.clone(), ..RouteOptions::default() };
        let problem = Route::find(&home, Agent::Codex, &options).unwrap_err();
        assert!(problem.message.contains("HTTPS_PROXY"), "{problem}");
        assert!(problem.to_string().contains("covibe-local login --base-url"), "{problem}");
        note_network(&home, &network, &Recorder::default()).unwrap();
        assert!(Route::find(&home, Agent::Codex, &options).is_ok());
    }

    #[test]
    fn a_moved_home_inside_a_repository_is_refused_at_any_depth() {
        let (folder, home) = set_up(&["https://a.example.com"]);
        fs::create_dir_all(folder.path().join(".git")).unwrap();
        fs::write(folder.path().join(".git/HEAD"), "ref: refs/heads/main\n").unwrap();
        let deep = CompanionHome::at(folder.path().join("a/".repeat(100)).join("covibe"));
        fs::create_dir_all(deep.root()).unwrap();
        let options = RouteOptions { is_home_moved: true, ..RouteOptions::default() };
        for moved in [&home, &deep] {
            let problem = Route::find(moved, Agent::Codex, &options).unwrap_err();
            assert!(problem.message.contains("in a repository"), "{problem}");
        }
        assert!(Route::find(&home, Agent::Codex, &RouteOptions::default()).is_ok());
    }
}
