//! Keys that disclose nothing to whoever does not have the salt of the workspace.

use std::fmt;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;

use covibe_domain::companion::ActivityKey;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// The keys of a workspace.
#[derive(Clone)]
pub struct Keys {
    salt: [u8; 32],
}

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keys").finish_non_exhaustive()
    }
}

impl Keys {
    /// Creates the keys of a salt of 64 hexadecimal digits.
    pub fn from_salt(salt: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(salt, &mut bytes).ok()?;
        Some(Self { salt: bytes })
    }

    /// Returns the key of a repository: of its remote, so that it is the same on every machine, or of its folder.
    pub fn repository(&self, remote: Option<&str>, common_dir: &Path) -> ActivityKey {
        match remote {
            Some(remote) => self.key("remote", &[remote.as_bytes()]),
            None => self.key("folder", &[common_dir.as_os_str().as_bytes()]),
        }
    }

    /// Returns the key of a worktree of a machine.
    pub fn worktree(&self, machine: &ActivityKey, worktree: &Path) -> ActivityKey {
        self.key("worktree", &[machine.as_str().as_bytes(), worktree.as_os_str().as_bytes()])
    }

    /// Returns the key of an agent's session in a repository.
    pub fn session(&self, agent: &str, session: &str, common_dir: &Path) -> ActivityKey {
        let folder = common_dir.as_os_str().as_bytes();
        self.key("session", &[agent.as_bytes(), session.as_bytes(), folder])
    }

    /// Returns the key of a path of a repository: the same on every machine, and another one in another repository.
    pub fn path(&self, repository: &ActivityKey, path: &[u8]) -> ActivityKey {
        self.key("path", &[repository.as_str().as_bytes(), path])
    }

    fn key(&self, kind: &str, parts: &[&[u8]]) -> ActivityKey {
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.salt) else {
            unreachable!("HMAC takes keys of any length")
        };
        // The lengths keep different parts from having the same text.
        for part in [kind.as_bytes()].iter().chain(parts) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        ActivityKey::from_digest(&mac.finalize().into_bytes().into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_depend_on_salt_kind_and_parts() {
        let keys = Keys::from_salt(&"ab".repeat(32)).unwrap();
        let other = Keys::from_salt(&"cd".repeat(32)).unwrap();
        let folder = Path::new("/a");
        let a = keys.repository(Some("github.com/a/b"), folder);
        assert_eq!(a, keys.repository(Some("github.com/a/b"), Path::new("/elsewhere")));
        assert_ne!(a, other.repository(Some("github.com/a/b"), folder));
        assert_ne!(keys.repository(None, folder), keys.repository(Some("/a"), folder));
        assert_ne!(keys.session("a", "bc", folder), keys.session("ab", "c", folder));
        for bad in ["", "ab", &"zz".repeat(32), &"ab".repeat(33)] {
            assert!(Keys::from_salt(bad).is_none(), "{bad}");
        }
    }
}
