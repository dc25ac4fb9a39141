//! The git binary, run without the user's and the system's configuration.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::OnceLock;

/// The oldest usable release: the first with `merge-tree --write-tree`.
const OLDEST: (u32, u32) = (2, 38);

/// A usable git binary.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Git {
    /// The directory of git's own programs, which holds `git` itself too.
    programs: &'static Path,
}

impl Git {
    /// Finds the git on PATH.
    ///
    /// # Errors
    /// Git is missing, or too old; the message names the version to install.
    pub(crate) fn find() -> io::Result<Self> {
        static FOUND: OnceLock<Result<PathBuf, String>> = OnceLock::new();
        match FOUND.get_or_init(search) {
            Ok(programs) => Ok(Self { programs }),
            Err(why) => Err(io::Error::new(io::ErrorKind::NotFound, why.as_str())),
        }
    }

    /// Returns a git command whose environment contains only the variables that git needs.
    pub(crate) fn command<'a>(self, arguments: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = self.program("git");
        command.args(arguments);
        command
    }

    /// Returns a command of one of git's own programs, such as `git-http-backend`, with the same environment. Git itself
    /// would only start it.
    pub(crate) fn program(self, name: &str) -> Command {
        let mut command = Command::new(self.programs.join(name));
        command.env_clear();
        for (name, value) in [
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_TERMINAL_PROMPT", "0"),
            ("GIT_LITERAL_PATHSPECS", "1"),
            ("GIT_DEFAULT_HASH", "sha1"),
            ("GIT_DEFAULT_REF_FORMAT", "files"),
            // No `.netrc`, no stored credentials.
            ("HOME", "/dev/null"),
            ("LC_ALL", "C"),
        ] {
            command.env(name, value);
        }
        command.env("PATH", format!("{}:/usr/bin:/bin", self.programs.display()));
        command
    }
}

/// Runs a command with that input and returns its output. Blocks until it ends.
pub(crate) fn run(command: &mut Command, input: &[u8]) -> io::Result<Output> {
    let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn()?;
    let stdin = child.stdin.take();
    std::thread::scope(|scope| {
        // Written while the output is read, so that neither side blocks on a full pipe.
        scope.spawn(move || {
            // Git may exit before it has read everything; its own message says more than this error.
            stdin.map(|mut stdin| stdin.write_all(input))
        });
        child.wait_with_output()
    })
}

fn search() -> Result<PathBuf, String> {
    let failed = |error| format!("git could not be run ({error}): {REQUIREMENT}");
    let ask = |argument: &str| {
        let mut command = Command::new("git");
        command.arg(argument).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
        command.spawn().map_err(failed)
    };
    let answer = |child: Child| {
        let output = child.wait_with_output().map_err(failed)?;
        Ok::<_, String>(String::from_utf8_lossy(&output.stdout).trim().to_owned())
    };
    // Both at once: a sandbox waits for them when it starts.
    let (version, programs) = (ask("--version")?, ask("--exec-path")?);
    let (version, programs) = (answer(version)?, answer(programs)?);
    if release(&version).is_none_or(|release| release < OLDEST) {
        return Err(format!("{version} is too old; {REQUIREMENT}"));
    }
    let programs = PathBuf::from(programs);
    if programs.join("git").is_file() {
        Ok(programs)
    } else {
        Err(format!("git's --exec-path holds no git; {REQUIREMENT}"))
    }
}

/// The instruction for the operator who starts a simulator without a usable git.
const REQUIREMENT: &str =
    "the simulators keep and clone real repositories: install git 2.38 or newer";

/// Returns the first two numbers of `git version 2.47.3`.
fn release(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.split_whitespace().nth(2)?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn git_releases_are_parsed_and_compared_by_number() {
        assert_eq!(release("git version 2.47.3"), Some((2, 47)));
        assert_eq!(release("git version 2.39.5 (Apple Git-154)"), Some((2, 39)));
        assert!(release("git version 2.9.5").unwrap() < OLDEST);
        assert_eq!(release("nothing"), None);
    }

    #[test]
    fn the_users_git_configuration_is_not_read() {
        let output = run(&mut Git::find().unwrap().command(["config", "--list"]), b"").unwrap();
        let listed = String::from_utf8(output.stdout).unwrap();
        assert!(!listed.contains("user.") && !listed.contains("credential."), "{listed}");
    }
}
