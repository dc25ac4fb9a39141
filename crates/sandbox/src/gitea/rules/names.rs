//! The names of users, organisations and repositories.

const RESERVED: [&str; 14] = [
    "admin",
    "api",
    "assets",
    "avatars",
    "explore",
    "ghost",
    "gitea-actions",
    "issues",
    "metrics",
    "org",
    "pulls",
    "repo",
    "user",
    "v2",
];

/// The longest name of a user or organisation.
pub(crate) const MAX_OWNER: usize = 40;

/// Returns whether a text names a user or organisation: `^[\dA-Za-z][-.\w]*$` of at most 40, with no
/// two of `-._` in a row and none at the end.
pub(crate) fn is_owner(name: &str) -> bool {
    let is_mark = |b: u8| b"-._".contains(&b);
    let bytes = name.as_bytes();
    name.len() <= MAX_OWNER
        && bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || is_mark(*b))
        && !bytes.windows(2).any(|pair| is_mark(pair[0]) && is_mark(pair[1]))
}

/// Returns whether a name is reserved for Gitea's own paths.
pub(crate) fn is_reserved(name: &str) -> bool {
    let name = name.to_lowercase();
    RESERVED.contains(&name.as_str())
        || [".keys", ".rss", ".png", ".gpg", ".atom"].iter().any(|end| name.ends_with(end))
}

/// Returns the end of a repository's name that is reserved for what git and the wiki append.
pub(crate) fn reserved_suffix(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase();
    [".git", ".wiki", ".rss", ".atom"].into_iter().find(|end| name.ends_with(end))
}

/// Returns whether a text names a repository: `[A-Za-z0-9-_.]` of at most 100.
pub(crate) fn is_repository(name: &str) -> bool {
    (1..=100).contains(&name.len())
        && !matches!(name, "." | ".." | "-")
        && reserved_suffix(name).is_none()
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}
