//! The proxies and certificates of the environment that a bridge uses, because a command of a person noted them.
//!
//! A configuration file in a repository can start a bridge with any environment. With a proxy and a certificate authority
//! of its own, it could read the key in each request. So `setup` and `login` note the proxies and certificates of their
//! environment in `credentials.json` once a person [confirms](super::NetworkQuestion) them, and all others are refused.
//! The notes are digests, because the address of a proxy can contain a password. They are in the file with the keys, so
//! that nobody can combine the keys with other notes.

use std::env;
use std::ffi::{OsStr, OsString};
use std::path::Path;

use covibe_domain::names::displayable;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::Credentials;
use crate::command_error::Problem;
use crate::home::CompanionHome;
use crate::origin::Origin;
use crate::progress_output::Reporter;

/// The variables with the address of a proxy for https.
const PROXIES: [&str; 4] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];

/// The variable with a file of certificate authorities.
const CERTIFICATE_FILE: &str = "SSL_CERT_FILE";

/// The variable with folders of certificate authorities.
const CERTIFICATE_FOLDERS: &str = "SSL_CERT_DIR";

/// The member of `credentials.json` with the digests of proxies and certificates.
pub(super) const NETWORK: &str = "network";

/// The maximum number of digests in a list; the oldest ones are removed first.
const MAX_NOTED: usize = 64;

/// The maximum length of a value that is shown, in characters.
const MAX_SHOWN: usize = 200;

/// The proxies and certificates of an environment, by digests of their values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkVariables(Vec<NetworkVariable>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct NetworkVariable {
    name: &'static str,
    digest: String,
    /// The variable with its value, as a person may read it.
    shown: String,
    /// False for a path that names another file when the program runs in another folder.
    is_absolute: bool,
}

impl NetworkVariables {
    /// Reads the variables of this process. On macOS, no variable changes the certificates.
    pub fn from_environment() -> Self {
        let certificates = [CERTIFICATE_FILE, CERTIFICATE_FOLDERS];
        let certificates = certificates.into_iter().filter(|_| !cfg!(target_os = "macos"));
        let value = |name: &'static str| Some((name, env::var_os(name)?));
        Self::from_values(PROXIES.into_iter().chain(certificates).filter_map(value))
    }

    /// Takes the values of variables. An empty value is left out, because it names nothing.
    pub fn from_values(values: impl IntoIterator<Item = (&'static str, OsString)>) -> Self {
        let set = values.into_iter().filter(|(_, value)| !value.is_empty());
        Self(set.map(|(name, value)| NetworkVariable::new(name, &value)).collect())
    }

    /// Returns whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the names of the variables.
    pub(super) fn names(&self) -> String {
        let names: Vec<_> = self.0.iter().map(|variable| variable.name).collect();
        names.join(", ")
    }

    /// Returns a line for each variable with its value, without passwords of proxies.
    pub(super) fn lines(&self) -> String {
        let lines: Vec<_> = self.0.iter().map(|it| format!("  {}", it.shown)).collect();
        lines.join("\n")
    }
}

impl NetworkVariable {
    fn new(name: &'static str, value: &OsStr) -> Self {
        let is_absolute = match name {
            CERTIFICATE_FILE => Path::new(value).is_absolute(),
            CERTIFICATE_FOLDERS => env::split_paths(value)
                .filter(|path| !path.as_os_str().is_empty())
                .all(|path| path.is_absolute()),
            _ => true,
        };
        let address = value.to_str().filter(|_| PROXIES.contains(&name));
        let proxy = address.and_then(remove_user);
        let text = proxy.as_deref().map_or(value.as_encoded_bytes(), str::as_bytes);
        let shown = describe_value(name, value, proxy.as_deref());
        Self { name, digest: digest(text), shown, is_absolute }
    }

    /// Returns the refusal of a value that is not noted, with the command that notes it.
    fn to_problem(&self, command: &str) -> Problem {
        let name = self.name;
        if !self.is_absolute {
            return Problem::failure(format!("{name} is not an absolute path, so no key is sent."))
                .hint(format!("Set {name} to an absolute path, and run `{command}` with it."));
        }
        Problem::failure(format!(
            "{name} has a value with which neither `covibe-local setup` nor `covibe-local login` \
             was run, so no key is sent."
        ))
        .hint(format!(
            "If you set {name}, run `{command}` in a terminal where it has the same value, and \
             confirm it. Otherwise, remove it from the configuration that starts the agent or its MCP server."
        ))
    }
}

/// Returns the address of a proxy without the user and the password, which can change while the proxy stays the same;
/// none if programs may disagree about the proxy that the address names.
fn remove_user(address: &str) -> Option<String> {
    let (scheme, rest) = address.split_once("://").unwrap_or(("http", address));
    let (user, host) = rest.rsplit_once('@').unwrap_or(("", rest));
    let host = host.strip_suffix('/').unwrap_or(host);
    let consists_of = |text: &str, marks: &str| {
        text.chars().all(|c| c.is_ascii_alphanumeric() || marks.contains(c))
    };
    let is_plain = matches!(scheme, "http" | "https")
        && consists_of(user, "-._~!$&'()*+,;=%:")
        && consists_of(host, "-.:")
        && !host.is_empty();
    is_plain.then(|| format!("{scheme}://{host}"))
}

/// Returns a variable with its value. A value is left out if it may contain a password, or if a terminal would show it
/// incompletely.
fn describe_value(name: &str, value: &OsStr, proxy: Option<&str>) -> String {
    let value = value.to_string_lossy();
    let has_password = PROXIES.contains(&name) && proxy.is_none() && value.contains('@');
    let text = proxy.unwrap_or(&value);
    if has_password || displayable(text, MAX_SHOWN) != text {
        return format!("{name}, whose value cannot be shown");
    }
    format!("{name}={text}")
}

/// Returns the digest of a value.
pub(super) fn digest(value: &[u8]) -> String {
    hex::encode(Sha256::digest(value))
}

/// Returns the digests of a list.
pub(super) fn digests(object: &Map<String, Value>, list: &str) -> Vec<String> {
    let list = object.get(list).and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// Adds a digest to a list. Returns whether it is new.
pub(super) fn add_digest(object: &mut Map<String, Value>, list: &str, digest: &str) -> bool {
    let mut noted = digests(object, list);
    if noted.iter().any(|it| it == digest) {
        return false;
    }
    noted.push(digest.to_owned());
    let oldest = noted.len().saturating_sub(MAX_NOTED);
    object.insert(list.to_owned(), json!(noted[oldest..]));
    true
}

impl Credentials {
    /// Notes proxies and certificates. Returns the names of the variables with new values.
    pub fn note_network(&mut self, network: &NetworkVariables) -> Vec<&'static str> {
        let mut names = Vec::new();
        for variable in network.0.iter().filter(|variable| variable.is_absolute) {
            if add_digest(&mut self.content, NETWORK, &variable.digest) {
                names.push(variable.name);
            }
        }
        names
    }

    /// Returns the variables that can be noted and are not.
    pub(super) fn new_network(&self, network: &NetworkVariables) -> NetworkVariables {
        let noted = digests(&self.content, NETWORK);
        let is_new = |it: &&NetworkVariable| it.is_absolute && !noted.contains(&it.digest);
        NetworkVariables(network.0.iter().filter(is_new).cloned().collect())
    }

    /// Checks that the proxies and certificates on the way to a server are noted.
    ///
    /// # Errors
    ///
    /// A problem that names the variable and the command that notes its value.
    pub fn check_network(
        &self,
        server: &Origin,
        network: &NetworkVariables,
    ) -> Result<(), Problem> {
        if !server.is_https() {
            // Plain http goes to this machine, without a proxy and without certificates.
            return Ok(());
        }
        let noted = digests(&self.content, NETWORK);
        let is_noted = |it: &&NetworkVariable| it.is_absolute && noted.contains(&it.digest);
        let Some(variable) = network.0.iter().find(|it| !is_noted(it)) else { return Ok(()) };
        // Without stored keys, `login` would have a person approve new ones.
        let command = if self.keys(server).is_empty() { "setup" } else { "login" };
        Err(variable.to_problem(&format!("covibe-local {command} --base-url {server}")))
    }
}

/// Notes the proxies and certificates that a [question](super::NetworkQuestion) returned, and reports new ones.
///
/// # Errors
///
/// Those of [`Credentials::update`].
pub fn note_network(
    home: &CompanionHome,
    network: &NetworkVariables,
    reporter: &dyn Reporter,
) -> Result<(), Problem> {
    if network.0.is_empty() {
        return Ok(());
    }
    let mut names = Vec::new();
    Credentials::update(home, |credentials| names = credentials.note_network(network))?;
    if !names.is_empty() {
        reporter.line(&format!("Agents may use the current values of {}.", names.join(", ")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variable(name: &'static str, value: &str) -> NetworkVariables {
        NetworkVariables::from_values([(name, OsString::from(value))])
    }

    fn check(credentials: &Credentials, network: &NetworkVariables) -> Result<(), Problem> {
        let server = Origin::judge("https://a.example.com").unwrap().origin;
        credentials.check_network(&server, network)
    }

    #[test]
    fn a_noted_proxy_is_accepted_with_another_password_and_no_other_proxy_is() {
        let mut credentials = Credentials::default();
        let proxy = variable("HTTPS_PROXY", "http://ada:secret@proxy.example.com:3128");
        assert!(check(&credentials, &proxy).is_err());
        assert_eq!(credentials.note_network(&proxy), ["HTTPS_PROXY"]);
        assert!(credentials.note_network(&proxy).is_empty());
        for same in [
            "http://ada:secret@proxy.example.com:3128",
            "http://ada:changed@proxy.example.com:3128/",
            "proxy.example.com:3128",
            "",
        ] {
            assert_eq!(check(&credentials, &variable("all_proxy", same)), Ok(()), "{same}");
        }
        for other in [
            "http://evil.example.com:3128",
            "http://proxy.example.com:3129",
            "https://proxy.example.com:3128",
            "http://proxy.example.com:3128@evil.example.com:3128",
            "http://evil.example.com:3128\\@proxy.example.com:3128",
            "http://evil.example.com:3128/@proxy.example.com:3128",
            "http://evil.example.com:3128#@proxy.example.com:3128",
            "http://a@evil.example.com:3128@proxy.example.com:3128",
        ] {
            assert!(check(&credentials, &variable("HTTPS_PROXY", other)).is_err(), "{other}");
        }
        let server = Origin::judge("http://localhost:3000").unwrap().origin;
        let other = variable("HTTPS_PROXY", "http://evil.example.com:3128");
        assert_eq!(credentials.check_network(&server, &other), Ok(()), "no proxy is used");
    }

    #[test]
    fn certificates_are_noted_by_absolute_paths_only() {
        let mut credentials = Credentials::default();
        for (name, value, is_noted) in [
            ("SSL_CERT_FILE", "/etc/ssl/company.pem", true),
            ("SSL_CERT_FILE", "company.pem", false),
            ("SSL_CERT_DIR", "/etc/ssl/company:/etc/ssl/certs", true),
            ("SSL_CERT_DIR", "/etc/ssl/certs:company", false),
        ] {
            let network = variable(name, value);
            let problem = check(&credentials, &network).unwrap_err();
            assert!(problem.hint.unwrap().contains("covibe-local setup"), "{value}");
            credentials.note_network(&network);
            assert_eq!(check(&credentials, &network).is_ok(), is_noted, "{value}");
        }
    }

    #[test]
    fn neither_notes_nor_refusals_contain_the_password_of_a_proxy() {
        let mut credentials = Credentials::default();
        let proxy = variable("HTTPS_PROXY", "http://grace:secret@proxy.example.com:3128");
        let problem = check(&credentials, &proxy).unwrap_err();
        credentials.note_network(&proxy);
        let noted = Value::Object(credentials.content.clone());
        let other = variable("ALL_PROXY", "socks5://grace:secret@proxy.example.com:1080");
        for text in [
            problem.to_string(),
            noted.to_string(),
            format!("{proxy:?}"),
            format!("{other:?}"),
            proxy.lines(),
            other.lines(),
        ] {
            assert!(!text.contains("secret") && !text.contains("grace"), "{text}");
        }
    }

    #[test]
    fn values_are_shown_to_a_person_unless_a_terminal_would_hide_a_part() {
        for (name, value, expected) in [
            ("HTTPS_PROXY", "http://ada:x@proxy.example.com:3128", "http://proxy.example.com:3128"),
            ("ALL_PROXY", "socks5://proxy.example.com:1080", "socks5://proxy.example.com:1080"),
            ("SSL_CERT_FILE", "/etc/ssl/company.pem", "/etc/ssl/company.pem"),
        ] {
            assert_eq!(variable(name, value).lines(), format!("  {name}={expected}"));
        }
        let long = format!("/{}", "a".repeat(MAX_SHOWN));
        for hidden in ["/etc/\u{1b}[2K/a.pem", "/etc/\u{202e}a.pem", long.as_str()] {
            let lines = variable("SSL_CERT_FILE", hidden).lines();
            assert_eq!(lines, "  SSL_CERT_FILE, whose value cannot be shown");
        }
    }

    #[test]
    fn the_oldest_notes_are_removed_first() {
        let mut credentials = Credentials::default();
        let network = |n: usize| variable("HTTPS_PROXY", &format!("http://p{n}.example.com"));
        for n in 0..=MAX_NOTED {
            credentials.note_network(&network(n));
        }
        assert!(check(&credentials, &network(0)).is_err());
        assert_eq!(check(&credentials, &network(1)), Ok(()));
        assert_eq!(check(&credentials, &network(MAX_NOTED)), Ok(()));
    }
}
