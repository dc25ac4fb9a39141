//! The settings of a docker host, and the checks of its files.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::address::Address;

/// The maximum number of simultaneous sessions of agents: sshd allows ten on a connection by
/// default (`MaxSessions`). One more is kept for ending processes, and one for the background.
const SESSIONS: usize = 8;

/// The settings of a docker host.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The host's address.
    pub address: Address,
    /// The private key, over SSH: a file with mode 0600 or 0400. Without it, `ssh` offers the default
    /// keys of the account that runs the server.
    pub key_file: Option<PathBuf>,
    /// The file with the host's key, in the form of OpenSSH's `known_hosts`; required over SSH.
    pub known_hosts: Option<PathBuf>,
    /// The time for opening the connection, signing in included; at least a second.
    pub connect_timeout: Duration,
    /// The time of one call of the API; an exec and a stop's grace have their own in addition.
    pub call_timeout: Duration,
    /// The maximum number of calls at the same time.
    pub max_sessions: usize,
    /// The maximum number of calls that wait for one of these; further calls fail with
    /// [`crate::Error::Busy`].
    pub max_waiting: usize,
}

/// The error for settings that can't be used. The message names the file and the remedy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidSettings {
    /// No host key is given.
    #[error(
        "a docker host over SSH needs a known_hosts file with the host's key; write it with ssh-keyscan, and compare the fingerprint on the host"
    )]
    NoHostKey,
    /// A file can't be read.
    #[error("{} can't be read; it must be a file that the account of the server can read", .0.display())]
    Unreadable(PathBuf),
    /// A `known_hosts` file without a line.
    #[error("{} is empty; write the host's key into it with ssh-keyscan", .0.display())]
    Empty(PathBuf),
    /// Other accounts may read or write the private key.
    #[error("{} has mode {mode:04o}, so other accounts can access the private key; run chmod 600 on it", path.display())]
    OpenKey {
        /// The key's path.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// A limit is zero.
    #[error("max_sessions must be at least 1")]
    NoSessions,
}

impl Settings {
    /// Returns the usual bounds for an address, without files.
    pub fn new(address: Address) -> Self {
        Self {
            address,
            key_file: None,
            known_hosts: None,
            connect_timeout: Duration::from_secs(10),
            call_timeout: Duration::from_secs(20),
            max_sessions: SESSIONS,
            max_waiting: 64,
        }
    }

    /// Checks everything that can be checked without the host.
    pub(crate) fn check(&self) -> Result<(), InvalidSettings> {
        if self.max_sessions == 0 {
            return Err(InvalidSettings::NoSessions);
        }
        if matches!(self.address, Address::Local(_)) {
            return Ok(());
        }
        check_known_hosts(self.known_hosts.as_deref().ok_or(InvalidSettings::NoHostKey)?)?;
        self.key_file.as_deref().map_or(Ok(()), check_key)
    }
}

fn check_known_hosts(path: &Path) -> Result<(), InvalidSettings> {
    let unreadable = |_| InvalidSettings::Unreadable(path.to_owned());
    let text = std::fs::read_to_string(path).map_err(unreadable)?;
    let is_key = |line: &str| !line.trim().is_empty() && !line.trim_start().starts_with('#');
    let has_key = text.lines().any(is_key);
    has_key.then_some(()).ok_or_else(|| InvalidSettings::Empty(path.to_owned()))
}

fn check_key(path: &Path) -> Result<(), InvalidSettings> {
    let unreadable = |_| InvalidSettings::Unreadable(path.to_owned());
    let metadata = std::fs::metadata(path).map_err(unreadable)?;
    let mode = metadata.mode() & 0o7777;
    if !metadata.is_file() || std::fs::File::open(path).is_err() {
        return Err(InvalidSettings::Unreadable(path.to_owned()));
    }
    let others = mode & 0o077;
    (others == 0)
        .then_some(())
        .ok_or_else(|| InvalidSettings::OpenKey { path: path.to_owned(), mode })
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    fn over_ssh(dir: &Path, hosts: &str, mode: u32) -> Settings {
        let (key, known) = (dir.join("key"), dir.join("known_hosts"));
        std::fs::write(&key, "a key").unwrap();
        std::fs::set_permissions(&key, std::fs::Permissions::from_mode(mode)).unwrap();
        std::fs::write(&known, hosts).unwrap();
        let settings = Settings::new("ssh://covibe@host".parse().unwrap());
        Settings { key_file: Some(key), known_hosts: Some(known), ..settings }
    }

    #[test]
    fn a_key_that_others_can_read_is_refused_with_its_mode() {
        let dir = tempfile::tempdir().unwrap();
        for mode in [0o600, 0o400] {
            assert_eq!(over_ssh(dir.path(), "h ssh-ed25519 A", mode).check(), Ok(()));
        }
        for mode in [0o640, 0o604, 0o644, 0o660, 0o601] {
            let refused = over_ssh(dir.path(), "h ssh-ed25519 A", mode).check().unwrap_err();
            assert!(refused.to_string().contains(&format!("mode {mode:04o}")), "{refused}");
        }
    }

    #[test]
    fn ssh_settings_without_a_host_key_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let settings = over_ssh(dir.path(), "\n# none\n", 0o600);
        assert!(matches!(settings.check(), Err(InvalidSettings::Empty(_))));
        let settings = Settings { known_hosts: Some(dir.path().join("none")), ..settings };
        assert!(matches!(settings.check(), Err(InvalidSettings::Unreadable(_))));
        let settings = Settings { known_hosts: None, ..settings };
        assert_eq!(settings.check(), Err(InvalidSettings::NoHostKey));
    }

    #[test]
    fn settings_of_a_local_engine_are_accepted_without_files() {
        let settings = Settings::new("local".parse().unwrap());
        assert_eq!(settings.check(), Ok(()));
        let settings = Settings { max_sessions: 0, ..settings };
        assert_eq!(settings.check(), Err(InvalidSettings::NoSessions));
    }
}
