//! The URL from which Coolify clones a repository.

use std::fmt;

use covibe_domain::Secret;

use crate::forwarded_fields::is_clone_url;

/// An HTTP or HTTPS clone URL with or without credentials, or one of SSH, `user@host:path` or `user@host:port/path`, which
/// Coolify puts into a shell: only of letters, digits and marks that mean nothing there, at most 2048 characters. Its
/// `Debug` is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CloneUrl(Secret);

/// A text that is not a [`CloneUrl`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InvalidCloneUrl;

impl fmt::Display for InvalidCloneUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "not a clone URL: expected http:// or https://, a host and a path, or user@host:path, without \
             characters that mean something in a shell",
        )
    }
}

impl std::error::Error for InvalidCloneUrl {}

impl CloneUrl {
    /// Returns the URL with its credentials.
    pub const fn secret(&self) -> &Secret {
        &self.0
    }
}

impl TryFrom<Secret> for CloneUrl {
    type Error = InvalidCloneUrl;

    fn try_from(url: Secret) -> Result<Self, InvalidCloneUrl> {
        if is_clone_url(url.expose()) { Ok(Self(url)) } else { Err(InvalidCloneUrl) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rejects_urls_with_shell_syntax() {
        let read = |text: &str| CloneUrl::try_from(Secret::new(text));
        for good in [
            "https://git.test/o/r.git",
            "http://bot:0123@git.test:3000/vibn-mark/my-site.git",
            "git@git.test:o/r.git",
            "gitea@10.0.0.1:2222/vibn-mark/my-site.git",
        ] {
            assert_eq!(read(good).unwrap().secret().expose(), good);
        }
        for bad in [
            "",
            "file:///etc",
            "https://git.test",
            "https://git.test/o/r.git --upload-pack=x",
            "https://git.test/o/$(id)",
            "git@git.test:o/r",
            "-oProxyCommand=id@git.test:o/r.git",
            "git@-oProxyCommand:o/r.git",
            "git@git.test:-x/r.git",
            "git@git.test:o/../r.git",
            "git@git.test:o/r.git --upload-pack=x",
            "ssh://git@git.test:2222/o/r.git",
            "git:secret@git.test:o/r.git",
        ] {
            assert_eq!(read(bad).unwrap_err(), InvalidCloneUrl, "{bad}");
        }
        let long = format!("https://git.test/{}", "a".repeat(2_048));
        assert!(read(&long).is_err());
    }
}
