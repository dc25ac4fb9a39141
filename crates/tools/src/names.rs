//! The names that agents give.

/// What an app, a database or an auth provider may be called. Coolify trims what it is told, so
/// that a name must not begin or end with a blank: it would not be found again.
pub(crate) const NAME: &str = r"^[A-Za-z0-9][\w.-]{0,62}$";

/// The ports that a container listens on.
pub(crate) const PORTS: &str = r"^\d{1,5}(,\d{1,5}){0,9}$";

/// Whether a text may be a branch: as Coolify takes it when it makes an app. Up to 4.1 it takes
/// anything when it changes one, and puts it into a shell on the host.
pub(crate) fn is_branch(text: &str) -> bool {
    text.len() <= 200 && text.starts_with(is_word) && text.chars().all(is_of_path)
}

/// Whether a text may be a path inside a repository, from its root; one that climbs leaves it for
/// what lies beside it on the host.
pub(crate) fn is_path(text: &str) -> bool {
    text.len() <= 200
        && text.starts_with('/')
        && text.chars().all(is_of_path)
        && text.split('/').all(|part| part != "..")
}

/// Whether a text may be a command of the build. nixpacks is told it between double quotes, in a
/// shell of Coolify's helper container, which holds docker's socket (beta.473 to 4.3.11), and that
/// once stood between single quotes in a shell on the host. Nothing that ends or looks through
/// either is let in.
pub(crate) fn is_command(text: &str) -> bool {
    let plain = |c: char| matches!(c, ' '..='~') && !matches!(c, '"' | '\'' | '`' | '$' | '\\');
    text.len() <= 1000 && text.chars().all(plain)
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn is_of_path(c: char) -> bool {
    is_word(c) || matches!(c, '.' | '/' | '-')
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
