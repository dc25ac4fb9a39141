//! A clone URL, which may have a token inside.

use std::fmt;

use covibe_domain::Secret;
use serde::Deserialize;

/// A clone URL in any of Coolify's spellings; its `Debug` shows host and path only.
#[derive(Clone, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct GitUrl(Secret);

impl GitUrl {
    /// `org/repo`, its last two segments without `.git`.
    pub fn repo_path(&self) -> Option<String> {
        let (_, path) = self.split();
        let path = path.trim_end_matches('/');
        let path = path.strip_suffix(".git").unwrap_or(path);
        let mut segments = path.rsplit('/').filter(|segment| !segment.is_empty());
        let (repo, org) = (segments.next()?, segments.next()?);
        Some(format!("{org}/{repo}"))
    }

    /// `repo`, its last segment without `.git`.
    pub fn repo_name(&self) -> Option<String> {
        let path = self.repo_path()?;
        path.rsplit('/').next().map(str::to_owned)
    }

    /// The host, lower case; absent where Coolify (≤ 4.1) has stripped it.
    pub fn host(&self) -> Option<String> {
        let (authority, _) = self.split();
        let host =
            authority.rsplit('@').next().unwrap_or_default().split(':').next().unwrap_or_default();
        Some(host.to_ascii_lowercase()).filter(|host| !host.is_empty())
    }

    /// Whether it is exactly this URL, userinfo included.
    pub fn is(&self, url: &Secret) -> bool {
        self.0 == *url
    }

    /// Authority and path of `scheme://a/p`, `user@a:p`, or a bare `p`.
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
    fn every_spelling_is_read() {
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
            ("site", None, None),
            ("", None, None),
        ] {
            let url = GitUrl(Secret::new(text));
            assert_eq!((url.host().as_deref(), url.repo_path().as_deref()), (host, path), "{text}");
            assert!(!format!("{url:?}").contains("0123"));
        }
    }
}
