//! Texts of requests that become arguments of git, checked so that git takes them as names only.

/// Returns whether `git check-ref-format` accepts a branch or tag. No option and no revision
/// expression is one.
pub(crate) fn is_branch(name: &str) -> bool {
    let is_bad = |c: char| c.is_control() || " ~^:?*[\\\u{7f}".contains(c);
    !name.is_empty()
        && name.len() <= 200
        && name != "@"
        && !name.starts_with('-')
        && !name.ends_with('.')
        && !name.contains("..")
        && !name.contains("@{")
        && !name.contains(is_bad)
        && name.split('/').all(|part| {
            !part.is_empty() && !part.starts_with('.') && part.strip_suffix(".lock").is_none()
        })
}

/// Returns whether a text is a commit's hash or its beginning: 7 to 40 hexadecimal digits.
pub(crate) fn is_hash(text: &str) -> bool {
    (7..=40).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_hexdigit())
}

/// Returns whether a text is a file's path within a tree (Gitea's `CleanGitTreePath`), outside `.git`.
pub(crate) fn is_path(path: &str) -> bool {
    !path.chars().any(char::is_control)
        && path
            .split('/')
            .all(|part| !matches!(part, "" | "." | "..") && !part.eq_ignore_ascii_case(".git"))
}

/// Returns a name or address without the characters that a commit's header can't hold.
pub(super) fn identity(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() && !"<>".contains(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_and_revision_expressions_are_refused_as_branches() {
        for good in ["main", "feature/a-b", "v1.2", "a@b"] {
            assert!(is_branch(good), "{good}");
        }
        for bad in [
            "",
            "-x",
            "--upload-pack=x",
            "a..b",
            "../../HEAD",
            "a/../b",
            "/a",
            "a//b",
            "a/",
            ".a",
            "a.lock",
            "main~1",
            "main^",
            "a b",
            "a:b",
            "@{-1}",
            "@",
            "a\nb",
            "a.",
        ] {
            assert!(!is_branch(bad), "{bad:?}");
        }
    }

    #[test]
    fn paths_outside_the_tree_or_in_the_git_directory_are_refused() {
        assert!(is_path("src/main.rs") && is_path("a b/é.txt") && is_path(".gitignore"));
        for bad in
            ["", "/a", "a/", "a//b", "../a", "a/./b", ".git/config", "x/.GIT/hooks/y", "a\nb"]
        {
            assert!(!is_path(bad), "{bad:?}");
        }
    }
}
