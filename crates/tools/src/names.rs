//! The names that agents give, and the other texts that go into Coolify's shells.

use std::str::FromStr;

use covibe_domain::Failure;
use covibe_domain::image::ImageReference;
use covibe_domain::shell::{Branch, BuildCommand, CommitSha, Ports, RepoPath};

/// What an app, a database or an auth provider may be called. Coolify trims what it is told, so
/// that a name must not begin or end with a blank: it would not be found again.
pub(crate) const NAME: &str = r"^[A-Za-z0-9][\w.-]{0,62}$";

/// The ports that a container listens on.
pub(crate) const PORTS: &str = r"^\d{1,5}(,\d{1,5}){0,9}$";

/// A text that Coolify puts into a shell, as callers give it.
pub(crate) trait ShellText: FromStr {
    /// Why a text is refused, in words that help more than a pattern does; `shown` is what it is
    /// called in the call.
    fn refused(shown: &str, text: &str) -> Failure;
}

/// Reads a text that Coolify puts into a shell.
pub(crate) fn shell_text<T: ShellText>(shown: &str, text: &str) -> Result<T, Failure> {
    text.parse().map_err(|_| T::refused(shown, text))
}

fn not_allowed(shown: &str) -> Failure {
    Failure::invalid(format!("`{shown}` is not allowed."))
}

impl ShellText for Branch {
    fn refused(shown: &str, _: &str) -> Failure {
        not_allowed(shown).hint("Letters, digits and _ . / - only.")
    }
}

impl ShellText for CommitSha {
    fn refused(shown: &str, _: &str) -> Failure {
        not_allowed(shown).hint("HEAD, or 7 to 64 lower-case hexadecimal digits.")
    }
}

impl ShellText for BuildCommand {
    fn refused(shown: &str, _: &str) -> Failure {
        not_allowed(shown).hint(
            "Plain ASCII without quotes, $ and backslash: put the rest into a script of the repo, \
             and call that.",
        )
    }
}

impl ShellText for RepoPath {
    fn refused(shown: &str, _: &str) -> Failure {
        not_allowed(shown).hint(
            "Name it from the repository's root, like /apps/web, without ..; letters, digits and \
             _ . - only.",
        )
    }
}

impl ShellText for Ports {
    fn refused(shown: &str, text: &str) -> Failure {
        let bad = text.split(',').find(|port| port.parse::<Self>().is_err()).unwrap_or(text);
        Failure::invalid(format!("`{shown}`: {bad} is not a valid port."))
            .hint("From 1 to 65535; the first one gets the domain.")
    }
}

/// Reads an image's reference; `shown` is what it is called in the call.
pub(crate) fn image(shown: &str, examples: &str, text: &str) -> Result<ImageReference, Failure> {
    text.parse().map_err(|_| {
        Failure::invalid(format!("{shown} is not an image reference."))
            .hint(format!("Like {examples} or name@sha256:<64 hex digits>."))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_first_port_that_is_not_valid() {
        for good in ["1", "80,65535"] {
            assert!(shell_text::<Ports>("ports", good).is_ok(), "{good}");
        }
        for (bad, named) in
            [("0", "0"), ("080", "080"), ("99999", "99999"), ("80,0", "0"), ("80,", ""), ("", "")]
        {
            let refused = shell_text::<Ports>("patch.ports", bad).unwrap_err();
            let expected = format!("`patch.ports`: {named} is not a valid port.");
            assert_eq!(refused.message, expected, "{bad}");
        }
    }

    #[test]
    fn says_what_is_allowed() {
        let branch = shell_text::<Branch>("patch.branch", "$(id)").unwrap_err();
        assert_eq!(branch.message, "`patch.branch` is not allowed.");
        let path = shell_text::<RepoPath>("baseDirectory", "/..").unwrap_err();
        assert!(path.hint.unwrap().starts_with("Name it from the repository's root"));
        let command = shell_text::<BuildCommand>("patch.buildCommand", "`id`").unwrap_err();
        assert!(command.hint.unwrap().starts_with("Plain ASCII"));
    }
}
