//! The branch that a push goes to.

use covibe_domain::{Failure, boxed};
use covibe_gitea::Resolved;

use super::settings::Account;
use crate::protected_resources::Unprotected;
use crate::workspace::bounded_texts::escape_to_one_line;

/// The maximum length of a branch's name, in bytes.
const MAX_LENGTH: usize = 200;

impl Account {
    /// Returns the branch to push to: the one that was named, or the one that is checked out. The default branch and
    /// protected ones are refused.
    #[boxed]
    pub(super) async fn branch(
        &self,
        target: &Unprotected<Resolved>,
        named: Option<&str>,
        current: Option<&str>,
    ) -> Result<String, Failure> {
        let branch = named.or(self.only_branch.as_deref()).or(current).ok_or_else(|| {
            Failure::invalid("No branch is checked out.")
                .hint("Nothing was changed. Pass a branch.")
        })?;
        if !is_branch(branch) {
            return Err(Failure::invalid(format!(
                "`{}` is not a branch name.",
                escape_to_one_line(branch)
            ))
            .hint("Use letters, digits, `-`, `_`, `.` and `/`, such as `fix/login`."));
        }
        if let Some(only) = self.only_branch.as_deref().filter(|only| *only != branch) {
            return Err(Failure::forbidden(format!("Pushes go only to the branch `{only}`."))
                .hint("Nothing was changed. Leave out the branch."));
        }
        if branch == target.repo.default_branch {
            return Err(refused_branch(branch, "is the default branch"));
        }
        let (owner, name) = target.repo.full_name.split_once('/').unwrap_or_default();
        let reader = self.client.reader(&self.token);
        if reader.is_protected(owner, name, branch).await? {
            return Err(refused_branch(branch, "is protected"));
        }
        Ok(branch.to_owned())
    }
}

fn refused_branch(branch: &str, why: &str) -> Failure {
    Failure::forbidden(format!("The branch `{branch}` {why}: nothing is pushed to it."))
        .hint("Nothing was changed. Pass another branch, and let a person merge it.")
}

/// Returns whether a text is a branch's name, with the characters that need no care anywhere.
fn is_branch(text: &str) -> bool {
    let is_part = |part: &str| {
        !part.is_empty()
            && !part.starts_with(['.', '-'])
            && !part.ends_with('.')
            && !part.to_ascii_lowercase().ends_with(".lock")
            && !part.contains("..")
            && part.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.'))
    };
    text.len() <= MAX_LENGTH
        && text != "HEAD"
        && !text.starts_with("refs/")
        && text.split('/').all(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_safe_branch_names_are_accepted() {
        for name in ["main", "fix/login", "agents/01a-b_c.d", "v1.2"] {
            assert!(is_branch(name), "{name}");
        }
        for name in [
            "",
            "HEAD",
            "-x",
            "a..b",
            "a/.b",
            "/a",
            "a/",
            "a b",
            "a:b",
            "+a:refs/heads/main\n",
            "a.lock",
            "refs/heads/a",
            "ä",
            "a~1",
            "@{-1}",
        ] {
            assert!(!is_branch(name), "{name}");
        }
    }
}
