//! The names that agents give, and the other texts that go into Coolify's shells.

use covibe_domain::Failure;
use covibe_domain::image::ImageReference as Image;
use covibe_domain::shell::{Branch, BuildCommand, RepoPath};

/// What an app, a database or an auth provider may be called. Coolify trims what it is told, so
/// that a name must not begin or end with a blank: it would not be found again.
pub(crate) const NAME: &str = r"^[A-Za-z0-9][\w.-]{0,62}$";

/// The ports that a container listens on.
pub(crate) const PORTS: &str = r"^\d{1,5}(,\d{1,5}){0,9}$";

/// Refuses a text that Coolify would put into a shell as it is, in words that help more than a
/// pattern does; `member` tells what it is, `shown` what it is called in the call.
pub(crate) fn check(member: &str, shown: &str, text: &str) -> Result<(), Failure> {
    let (is_good, hint) = match member {
        "ports" => return check_ports(shown, text),
        "branch" => (is_branch(text), "Letters, digits and _ . / - only."),
        _ if member.ends_with("Command") => (
            is_command(text),
            "Plain ASCII without quotes, $ and backslash: put the rest into a script of the repo, \
             and call that.",
        ),
        _ if member.ends_with("Directory") || member.ends_with("Location") => (
            is_path(text),
            "Name it from the repository's root, like /apps/web, without ..; letters, digits and \
             _ . - only.",
        ),
        _ => return Ok(()),
    };
    if is_good {
        return Ok(());
    }
    Err(Failure::invalid(format!("`{shown}` is not allowed.")).hint(hint))
}

/// The pattern lets numbers pass that no port has.
fn check_ports(shown: &str, ports: &str) -> Result<(), Failure> {
    let is_port = |port: &str| !port.starts_with('0') && port.parse::<u16>().is_ok();
    match ports.split(',').find(|port| !is_port(port)) {
        Some(bad) => Err(Failure::invalid(format!("`{shown}`: {bad} is no port."))
            .hint("From 1 to 65535; the first one gets the domain.")),
        None => Ok(()),
    }
}

/// Reads an image's reference; `shown` is what it is called in the call.
pub(crate) fn image(shown: &str, examples: &str, text: &str) -> Result<Image, Failure> {
    text.parse().map_err(|_| {
        Failure::invalid(format!("{shown} is not an image reference."))
            .hint(format!("Like {examples} or name@sha256:<64 hex digits>."))
    })
}

/// Whether a text may be a branch: as Coolify takes it when it makes an app. Up to 4.1 it takes
/// anything when it changes one, and puts it into a shell on the host.
pub(crate) fn is_branch(text: &str) -> bool {
    Branch::is_valid(text)
}

/// Whether a text may be a path inside a repository, from its root; one that climbs leaves it for
/// what lies beside it on the host.
fn is_path(text: &str) -> bool {
    RepoPath::is_valid(text)
}

/// Whether a text may be a command of the build. nixpacks is told it between double quotes, in a
/// shell of Coolify's helper container, which holds docker's socket (beta.473 to 4.3.11), and that
/// once stood between single quotes in a shell on the host. Nothing that ends or looks through
/// either is let in.
fn is_command(text: &str) -> bool {
    BuildCommand::is_valid(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_stay_between_their_quotes() {
        for good in [
            "",
            "npm ci && npm run build",
            "go build -o /out ./cmd/x; ls | wc -l",
            "A=b make [x]{1,2} ~/y^@ #!",
        ] {
            assert!(is_command(good), "{good}");
        }
        for bad in ["'", "\"", "`id`", "$(id)", "$HOME", "\\", "a\nb", "a\tb", "ä"] {
            assert!(!is_command(bad), "{bad}");
        }
        assert!(is_command(&"a".repeat(1000)) && !is_command(&"a".repeat(1001)));
    }

    #[test]
    fn ports_are_ports() {
        for good in ["1", "80,65535"] {
            assert!(check("ports", "ports", good).is_ok(), "{good}");
        }
        for bad in ["0", "080", "99999", "80,0", "80,", ""] {
            let refused = check("ports", "patch.ports", bad).unwrap_err();
            assert!(refused.message.starts_with("`patch.ports`: "), "{bad}: {refused:?}");
        }
    }

    #[test]
    fn branches_and_paths_are_plain() {
        for (text, branch, path) in [
            ("main", true, false),
            ("feature/x-1.2", true, false),
            ("_a", true, false),
            ("/", false, true),
            ("/apps/web-1/Dockerfile.x", false, true),
            ("/a..b/c", false, true),
            ("/a/../b", false, false),
            ("/..", false, false),
            ("/./b", false, false),
            ("/..b", false, false),
            ("/.b", false, true),
            ("", false, false),
            ("-x", false, false),
            ("a b", false, false),
            ("/a;b", false, false),
            ("/$(id)", false, false),
            ("ä", false, false),
            (".git", false, false),
        ] {
            assert_eq!((is_branch(text), is_path(text)), (branch, path), "{text}");
        }
    }
}
