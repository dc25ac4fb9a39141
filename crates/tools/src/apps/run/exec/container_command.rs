//! A command for a container: for its shell, or directly.

use std::time::Duration;

use covibe_docker_host::Exec;
use covibe_domain::Failure;
use tokio_util::sync::CancellationToken;

use super::errors::{invalid_text, invalid_user, invalid_workdir};

/// The limits of a command.
#[derive(Clone, Default)]
pub(super) struct Bounds {
    pub(super) timeout: Duration,
    pub(super) max_bytes: usize,
    /// Ends the command early once this token is cancelled.
    pub(super) cancel: CancellationToken,
}

/// A checked command.
pub(super) struct Command {
    text: String,
    user: Option<String>,
    workdir: Option<String>,
}

impl Command {
    /// Checks a command, the user that runs it and its directory.
    pub(super) fn parse(
        text: String,
        user: Option<String>,
        workdir: Option<String>,
    ) -> Result<Self, Failure> {
        if text.contains('\0') {
            return Err(invalid_text());
        }
        if user.as_deref().is_some_and(|user| !is_user(user)) {
            return Err(invalid_user());
        }
        let is_path = |path: &str| path.starts_with('/') && !path.contains(char::is_control);
        if workdir.as_deref().is_some_and(|path| !is_path(path)) {
            return Err(invalid_workdir());
        }
        Ok(Self { text, user, workdir })
    }

    /// Returns the text.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Returns the command for the container's shell.
    pub(super) fn for_shell(&self, bounds: &Bounds) -> Exec {
        self.exec(vec!["sh".to_owned(), "-lc".to_owned(), self.text.clone()], bounds)
    }

    /// Returns the command without a shell; `None` if it needs one.
    pub(super) fn without_shell(&self, bounds: &Bounds) -> Option<Exec> {
        let words = shlex::split(&self.text).filter(|words| !words.is_empty())?;
        let needs_shell =
            self.text.contains(['$', '`', '|', '&', ';', '<', '>', '*', '?', '(', '\n']);
        (!needs_shell).then(|| self.exec(words, bounds))
    }

    fn exec(&self, argv: Vec<String>, bounds: &Bounds) -> Exec {
        let Bounds { timeout, max_bytes, cancel } = bounds.clone();
        let (user, workdir) = (self.user.clone(), self.workdir.clone());
        Exec { argv, env: Vec::new(), user, workdir, timeout, max_bytes, cancel }
    }
}

/// Returns whether a text is a name or a number, or two of them with `:` between.
fn is_user(text: &str) -> bool {
    let is_name = |name: &str| {
        let allowed = |b: u8| b.is_ascii_alphanumeric() || b"._-".contains(&b);
        !name.is_empty() && !name.starts_with('-') && name.bytes().all(allowed)
    };
    match text.split_once(':') {
        Some((user, group)) => is_name(user) && is_name(group),
        None => is_name(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invalid_users_and_workdirs_are_rejected() {
        let of = |user: &str| Command::parse("ls".to_owned(), Some(user.to_owned()), None).is_ok();
        assert!(["node", "1000", "1000:1000", "www-data:www-data", "_x.y"].into_iter().all(of));
        for bad in ["", "-u", "a b", "a:b:c", "a:", ":b", "$(id)", "a\n", "é"] {
            assert!(!of(bad), "{bad}");
        }
        let of = |path: &str| Command::parse("ls".to_owned(), None, Some(path.to_owned())).is_ok();
        assert!(of("/app") && of("/a b/-c") && !of("app") && !of("/a\n") && !of(""));
        assert!(Command::parse("a\0b".to_owned(), None, None).is_err());
    }

    #[test]
    fn only_what_needs_no_shell_runs_without_one() {
        let direct = |text: &str| {
            let command = Command::parse(text.to_owned(), None, None).unwrap();
            command.without_shell(&Bounds::default()).map(|exec| exec.argv)
        };
        assert_eq!(direct("/bin/app --port '80 80'").unwrap(), ["/bin/app", "--port", "80 80"]);
        for needs in ["env | sort", "echo $HOME", "a && b", "ls *", "'open", "a\nb", ""] {
            assert_eq!(direct(needs), None, "{needs}");
        }
    }

    #[test]
    fn the_shell_gets_the_text_as_one_argument() {
        let text = "echo '\"$(id)\"' `x` -- \u{e9}\n";
        let command = Command::parse(text.to_owned(), None, None).unwrap();
        assert_eq!(command.for_shell(&Bounds::default()).argv, ["sh", "-lc", text]);
    }
}
