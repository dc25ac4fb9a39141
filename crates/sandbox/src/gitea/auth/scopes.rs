//! Scopes of access tokens.

/// The categories of routes; each has a read and a write scope.
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

/// The category of repositories, in the API and in git's own protocol.
pub(crate) const REPOSITORY: &str = "repository";

/// The category of issues and their labels.
pub(crate) const ISSUE: &str = "issue";

/// Returns whether a text is a scope.
pub(crate) fn is_scope(text: &str) -> bool {
    let of = |level: &str| text.strip_prefix(level).is_some_and(|rest| CATEGORIES.contains(&rest));
    matches!(text, "all" | "public-only") || of("read:") || of("write:")
}

/// Returns the scope that a method needs within a category.
pub(crate) fn required_scope(method: &str, category: &str) -> String {
    let level = if matches!(method, "GET" | "HEAD") { "read" } else { "write" };
    format!("{level}:{category}")
}

/// Returns whether the scopes include the required one; a write scope includes reading.
pub(crate) fn allow(scopes: &[String], required: &str) -> bool {
    let write = required.replacen("read:", "write:", 1);
    scopes.iter().any(|scope| scope == "all" || scope == required || *scope == write)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_write_scope_includes_reading() {
        let scopes = ["write:user".to_owned()];
        assert!(
            allow(&scopes, &required_scope("GET", "user"))
                && allow(&scopes, &required_scope("PUT", "user"))
        );
        assert!(!allow(&scopes, &required_scope("GET", "repository")));
        assert!(!allow(&["read:user".to_owned()], &required_scope("POST", "user")));
        assert!(is_scope("write:admin") && !is_scope("write:everything") && !is_scope("repo"));
    }
}
