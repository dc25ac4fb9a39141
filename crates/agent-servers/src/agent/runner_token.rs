//! The token of a runner, which its callers present.
//!
//! A runner for which the operator sets none makes one, in a file of its folder that only its user can read. The tools of
//! the same user find it there by themselves.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use covibe_domain::Secret;
use covibe_domain::internet::is_loopback_host;
use url::Url;

use crate::environment_settings::Variables;

/// The variable with the token.
pub const TOKEN: &str = "AGENT_RUNNER_TOKEN";

/// The length of the shortest token.
pub const MIN_TOKEN: usize = 32;

/// The maximum number of bytes that are read of the file.
const MAX_FILE: u64 = 4096;

/// The folder of a runner that root starts.
const HOME_OF_ROOT: &str = "/var/lib/covibe-agent-runner";

/// Returns the folder of the runner: that of `AGENT_RUNNER_HOME`, or the default of the user who runs this.
pub fn runner_home(variables: &Variables<'_>) -> PathBuf {
    if let Some(home) = variables.optional("AGENT_RUNNER_HOME") {
        return home.into();
    }
    let is_root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    match variables.optional("HOME").filter(|_| !is_root) {
        Some(home) => Path::new(&home).join(".covibe/runner"),
        None => HOME_OF_ROOT.into(),
    }
}

/// Returns the path of the file with the token that a runner with this folder has made.
pub fn token_file(home: &Path) -> PathBuf {
    home.join("token")
}

/// Returns whether a text can be a token: long, and without spaces and control characters.
pub fn is_runner_token(text: &str) -> bool {
    text.len() >= MIN_TOKEN && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Returns the token that a runner with this folder has made; none if it has made none.
///
/// # Errors
///
/// The file cannot be read, others than its owner can use it, or it has no token.
pub fn read_token(home: &Path) -> io::Result<Option<Secret>> {
    let path = token_file(home);
    match read_private(&path) {
        Ok(text) if is_runner_token(text.trim_end()) => Ok(Some(Secret::new(text.trim_end()))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        _ => {
            let problem = format!(
                "{} must be a file with a token that only its owner can access. Remove it and \
                 restart the runner, which creates another one.",
                path.display()
            );
            Err(io::Error::new(io::ErrorKind::InvalidData, problem))
        }
    }
}

/// Reads a file that nobody but its owner can use.
fn read_private(path: &Path) -> io::Result<String> {
    let file = File::open(path)?;
    if file.metadata()?.mode() & 0o077 != 0 {
        return Err(io::ErrorKind::PermissionDenied.into());
    }
    let mut text = String::new();
    file.take(MAX_FILE).read_to_string(&mut text)?;
    Ok(text)
}

/// The source of the token of a caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum TokenSource {
    /// The variable, which has this value.
    Variable(Secret),
    /// The folder of a runner of this machine.
    Home(PathBuf),
    /// There is none: a runner elsewhere gets no token that is not set for it.
    Nowhere,
}

impl TokenSource {
    /// Returns the source for a runner at this address.
    pub(super) fn find(variables: &Variables<'_>, url: &Url) -> Self {
        if let Some(token) = variables.optional(TOKEN) {
            Self::Variable(Secret::new(token))
        } else if url.host_str().is_some_and(is_loopback_host) {
            Self::Home(runner_home(variables))
        } else {
            Self::Nowhere
        }
    }

    /// Returns the token, if there is one. The file is read anew each time: the runner may have been started since.
    pub(super) fn read(&self) -> Option<Secret> {
        match self {
            Self::Variable(token) => Some(token.clone()),
            Self::Home(home) => read_token(home).ok().flatten(),
            Self::Nowhere => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    fn source(url: &str, token: Option<&str>) -> TokenSource {
        let lookup = |name: &str| match name {
            "AGENT_RUNNER_HOME" => Some("/r".to_owned()),
            TOKEN => token.map(str::to_owned),
            _ => None,
        };
        TokenSource::find(&Variables::new(&lookup), &url.parse().unwrap())
    }

    #[test]
    fn the_token_of_the_folder_is_sent_to_loopback_addresses_only() {
        let set = TokenSource::Variable(Secret::new("x"));
        for url in ["https://localhost:3333", "http://127.0.0.1:1", "http://[::1]:3333"] {
            assert_eq!(source(url, None), TokenSource::Home("/r".into()), "{url}");
            assert_eq!(source(url, Some("x")), set, "{url}");
        }
        for url in ["https://runner.example", "http://localhost.evil.example", "http://192.0.2.1"] {
            assert_eq!(source(url, None), TokenSource::Nowhere, "{url}");
            assert_eq!(source(url, Some("x")), set, "{url}");
        }
    }

    #[test]
    fn a_token_is_read_only_from_a_file_that_is_private() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(read_token(home.path()).unwrap(), None);
        let write = |text: &str, mode: u32| {
            fs::write(token_file(home.path()), text).unwrap();
            fs::set_permissions(token_file(home.path()), Permissions::from_mode(mode)).unwrap();
            read_token(home.path())
        };
        let token = "0123456789abcdef0123456789abcdef";
        let read = write(&format!("{token}\n"), 0o600).unwrap();
        assert_eq!(read.map(|it| it.expose().to_owned()).as_deref(), Some(token));
        for (text, mode) in [(token, 0o644), (token, 0o620), (&token[1..], 0o600), ("", 0o600)] {
            let problem = write(text, mode).unwrap_err().to_string();
            assert!(problem.contains("Remove it") && !problem.contains("0123"), "{problem}");
        }
    }
}
