//! A clone URL in Coolify's answers, which may contain a token.

use std::fmt;

use covibe_domain::{Secret, names};
use serde::Deserialize;
use url::Url;

/// The longest `org/repo` that is shown, in characters: Gitea allows 100 for a repository and 40 for its
/// owner.
const LONGEST_PATH: usize = 200;

/// A clone URL in any of Coolify's spellings; its `Debug` shows only host and path.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct GitUrl(Secret);

impl GitUrl {
    /// Reads a clone URL that somebody wrote.
    pub const fn new(url: Secret) -> Self {
        Self(url)
    }

    /// Returns `org/repo`, the path's last two segments without `.git`.
    pub fn repo_path(&self) -> Option<String> {
        let (_, path) = self.split();
        // A credential may be in the query too.
        let path = path.split(['?', '#']).next().unwrap_or_default();
        let path = path.trim_end_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path);
        let mut segments = path.rsplit('/').filter(|segment| !segment.is_empty());
        let (repo, org) = (segments.next()?, segments.next()?);
        Some(names::displayable(&format!("{org}/{repo}"), LONGEST_PATH))
    }

    /// Returns `repo`, the path's last segment without `.git`.
    pub fn repo_name(&self) -> Option<String> {
        let path = self.repo_path()?;
        path.rsplit('/').next().map(str::to_owned)
    }

    /// Returns whether it is the repository of this organisation and name; case is ignored, as in
    /// Gitea.
    pub fn names(&self, org: &str, repo: &str) -> bool {
        self.repo_path().is_some_and(|path| path.eq_ignore_ascii_case(&format!("{org}/{repo}")))
    }

    /// Returns the password of its userinfo, still percent-encoded.
    pub fn password(&self) -> Option<Secret> {
        let (_, rest) = self.0.expose().split_once("://")?;
        let authority = rest.split('/').next().unwrap_or_default();
        let (userinfo, _) = authority.rsplit_once('@')?;
        let (_, password) = userinfo.split_once(':')?;
        Some(Secret::new(password)).filter(|password| !password.is_empty())
    }

    /// Returns whether its userinfo has a password.
    pub fn has_password(&self) -> bool {
        self.password().is_some()
    }

    /// Returns the host in lower case, with any port that is not the scheme's default; `None`
    /// without a scheme.
    pub fn authority(&self) -> Option<String> {
        let url = Url::parse(self.0.expose()).ok()?;
        let host = url.host_str()?.to_ascii_lowercase();
        Some(url.port().map_or_else(|| host.clone(), |port| format!("{host}:{port}")))
    }

    /// Returns the host in lower case; `None` where Coolify (up to 4.1) has removed it.
    pub fn host(&self) -> Option<String> {
        let (authority, _) = self.split();
        let host =
            authority.rsplit('@').next().unwrap_or_default().split(':').next().unwrap_or_default();
        Some(host.to_ascii_lowercase()).filter(|host| !host.is_empty())
    }

    /// Returns whether it is exactly this URL, userinfo included.
    pub fn equals(&self, url: &Secret) -> bool {
        self.0 == *url
    }

    /// Returns authority and path of `scheme://a/p`, `user@a:p`, or a bare `p`.
    fn split(&self) -> (&str, &str) {
        let text = self.0.expose();
        if let Some((_, rest)) = text.split_once("://") {
            return rest.split_once('/').unwrap_or((rest, ""));
        }
        match text.split_once('@') {
            Some((_, rest)) => rest.split_once(':').unwrap_or((rest, "")),
            None => ("", text),
        }
    }
}

impl fmt::Debug for GitUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (host, path) = (self.host().unwrap_or_default(), self.repo_path().unwrap_or_default());
        write!(f, "GitUrl({host}/{path})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_and_path_are_read_from_every_spelling_of_a_clone_url() {
        for (text, host, path) in [
            (
                "https://bot:0123@Git.test/vibn-mark/site.git",
                Some("git.test"),
                Some("vibn-mark/site"),
            ),
            ("https://git.test:3000/vibn-mark/site", Some("git.test"), Some("vibn-mark/site")),
            ("git@git.test:2222/vibn-mark/site.git", Some("git.test"), Some("vibn-mark/site")),
            ("git@git.test:vibn-mark/site.git/", Some("git.test"), Some("vibn-mark/site")),
            ("vibn-mark/site", None, Some("vibn-mark/site")),
            (
                "https://git.test/vibn-mark/site.git?token=0123#0123",
                Some("git.test"),
                Some("vibn-mark/site"),
            ),
            ("vibn-mark/si\u{202e}te\n?0123", None, Some("vibn-mark/site")),
            ("site", None, None),
            ("", None, None),
        ] {
            let url = GitUrl(Secret::new(text));
            assert_eq!((url.host().as_deref(), url.repo_path().as_deref()), (host, path), "{text}");
            assert!(!format!("{url:?}").contains("0123"));
        }
    }

    #[test]
    fn passwords_are_distinguished_from_names_and_ports() {
        for (text, password) in [
            ("https://bot:0123@git.test/vibn-mark/site.git", Some("0123")),
            ("https://bot:0123@git.test:3000/vibn-mark/a@b", Some("0123")),
            ("https://bot:01:23@x@git.test/vibn-mark/site", Some("01:23@x")),
            ("https://0123@git.test/vibn-mark/site.git", None),
            ("https://bot:@git.test/vibn-mark/site.git", None),
            ("https://git.test:3000/vibn-mark/a:b@c", None),
            ("git@git.test:2222/vibn-mark/site.git", None),
            ("vibn-mark/site", None),
            ("", None),
        ] {
            let url = GitUrl(Secret::new(text));
            assert_eq!(url.password(), password.map(Secret::new), "{text}");
            assert_eq!(url.has_password(), password.is_some());
        }
    }

    #[test]
    fn the_authority_of_an_http_url_contains_only_a_non_default_port() {
        for (text, authority) in [
            ("https://bot:0123@Git.test/vibn-mark/site.git", Some("git.test")),
            ("https://git.test:443/vibn-mark/site.git", Some("git.test")),
            ("http://git.test:3000/vibn-mark/site", Some("git.test:3000")),
            ("http://127.0.0.1:3000/vibn-mark/site", Some("127.0.0.1:3000")),
            ("git@git.test:2222/vibn-mark/site.git", None),
            ("vibn-mark/site", None),
        ] {
            assert_eq!(GitUrl(Secret::new(text)).authority().as_deref(), authority, "{text}");
        }
    }

    #[test]
    fn repository_names_are_compared_whole_and_case_insensitively() {
        let url = GitUrl(Secret::new("https://git.test/Vibn-mark/Site.git"));
        assert!(url.names("vibn-mark", "site"));
        assert!(!url.names("vibn-mark", "site2") && !url.names("mark", "site"));
        assert!(!GitUrl(Secret::new("site")).names("", "site"));
    }
}
