//! Scopes of access tokens.

/// What routes are sorted by; each has a read and a write scope.
const CATEGORIES: [&str; 9] = [
    "activitypub",
    "admin",
    "issue",
    "misc",
    "notification",
    "organization",
    "package",
    "repository",
    "user",
];

/// The category of repositories, over the API and over git's own protocol.
pub(super) const REPOSITORY: &str = "repository";

/// Whether a text is a scope.
pub(super) fn is_scope(text: &str) -> bool {
    let of = |level: &str| text.strip_prefix(level).is_some_and(|rest| CATEGORIES.contains(&rest));
    matches!(text, "all" | "public-only") || of("read:") || of("write:")
}

/// The scope that a method needs within a category.
pub(super) fn needed(method: &str, category: &str) -> String {
    let level = if matches!(method, "GET" | "HEAD") { "read" } else { "write" };
    format!("{level}:{category}")
}

/// Whether the scopes allow it; writing implies reading.
pub(super) fn allow(scopes: &[String], needed: &str) -> bool {
    let writing = needed.replacen("read:", "write:", 1);
    scopes.iter().any(|scope| scope == "all" || scope == needed || *scope == writing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writing_implies_reading() {
        let scopes = ["write:user".to_owned()];
        assert!(allow(&scopes, &needed("GET", "user")) && allow(&scopes, &needed("PUT", "user")));
        assert!(!allow(&scopes, &needed("GET", "repository")));
        assert!(!allow(&["read:user".to_owned()], &needed("POST", "user")));
        assert!(is_scope("write:admin") && !is_scope("write:everything") && !is_scope("repo"));
    }
}
