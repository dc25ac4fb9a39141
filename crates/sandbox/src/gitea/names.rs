//! Names that users, organisations and repositories may have.

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

/// A user or organisation: `^[\dA-Za-z][-.\w]*$` of at most 40, no two of `-._` in a row and none last.
pub(super) fn is_owner(name: &str) -> bool {
    let is_mark = |b: u8| b"-._".contains(&b);
    let bytes = name.as_bytes();
    name.len() <= 40
        && bytes.first().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.last().is_some_and(u8::is_ascii_alphanumeric)
        && bytes.iter().all(|b| b.is_ascii_alphanumeric() || is_mark(*b))
        && !bytes.windows(2).any(|pair| is_mark(pair[0]) && is_mark(pair[1]))
}

/// Whether a well-formed name is kept for Gitea's own paths.
pub(super) fn is_reserved(name: &str) -> bool {
    let name = name.to_lowercase();
    RESERVED.contains(&name.as_str())
        || [".keys", ".rss", ".png", ".gpg", ".atom"].iter().any(|end| name.ends_with(end))
}

/// Names that git and the wiki put behind a repository's own.
fn is_kept_for_git(name: &str) -> bool {
    [".git", ".wiki", ".rss", ".atom"].iter().any(|end| name.ends_with(end))
}

/// A repository: `[A-Za-z0-9-_.]` of at most 100.
pub(super) fn is_repository(name: &str) -> bool {
    (1..=100).contains(&name.len())
        && !matches!(name, "." | ".." | "-")
        && !is_kept_for_git(&name.to_lowercase())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b))
}
