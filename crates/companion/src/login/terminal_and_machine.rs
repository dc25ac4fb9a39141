//! The terminal, the session and the machine that a command runs on, and the way that time passes.

use std::io::IsTerminal as _;
use std::process::{Command, Stdio};
use std::time::Duration;
use std::{env, fs, io};

use covibe_domain::names::is_visible;
use covibe_domain::secret::has_credential_form;
use futures_util::future::BoxFuture;

use crate::command_error::Problem;

/// The maximum length of a machine's name, in characters.
const MAX_NAME: usize = 64;

/// The terminal and the session that a command runs in.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub struct Surroundings {
    /// True if a person reads the output.
    pub is_terminal: bool,
    /// True if the session came over SSH, so that a browser would open on another screen.
    pub is_ssh: bool,
    /// True if a pipeline runs the command (`CI`).
    pub is_ci: bool,
    /// True if the device flow was requested expressly (`--device`).
    pub is_device_asked: bool,
    /// True if no browser may be opened (`--no-browser`).
    pub is_browser_refused: bool,
    /// The name of the machine, which the page for the approval shows.
    pub machine: String,
}

impl Surroundings {
    /// Returns those of this process.
    pub fn find() -> Self {
        let is_set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
        let is_ci = env::var("CI").is_ok_and(|it| !matches!(it.as_str(), "" | "0" | "false"));
        Self {
            is_terminal: io::stdout().is_terminal(),
            is_ssh: is_set("SSH_CONNECTION") || is_set("SSH_TTY"),
            is_ci,
            is_device_asked: false,
            is_browser_refused: false,
            machine: machine_name(),
        }
    }

    /// Refuses to wait for a person if nobody is there.
    pub(super) fn check_person(&self) -> Result<(), Problem> {
        if !self.is_ci || self.is_device_asked {
            return Ok(());
        }
        Err(Problem::usage("Nobody can approve a code here, because CI is set.").hint(
            "Mint a key in the console, and pass it in COVIBE_MCP_TOKEN; or pass --device to wait \
             for an approval.",
        ))
    }

    /// Returns whether a browser is opened.
    pub(super) fn opens_browser(&self) -> bool {
        self.is_terminal && !self.is_ssh && !self.is_ci && !self.is_browser_refused
    }
}

/// The outcome of a pause.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Waited {
    /// The time has passed.
    Passed,
    /// A person interrupted it.
    Interrupted,
}

/// The way that time passes, and that a page is opened.
pub trait Pace: Send + Sync {
    /// Waits. An interruption is noticed here and nowhere else, so that keys on their way are not lost.
    fn wait(&self, duration: Duration) -> BoxFuture<'_, Waited>;

    /// Opens a page in a browser. Returns whether one was started.
    fn open(&self, page: &str) -> bool;
}

/// Real time, and the browser of this machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct RealPace;

impl Pace for RealPace {
    fn wait(&self, duration: Duration) -> BoxFuture<'_, Waited> {
        Box::pin(async move {
            tokio::select! {
                () = tokio::time::sleep(duration) => Waited::Passed,
                _ = tokio::signal::ctrl_c() => Waited::Interrupted,
            }
        })
    }

    fn open(&self, page: &str) -> bool {
        let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
        let mut command = Command::new(program);
        command.arg(page).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command.spawn().is_ok()
    }
}

/// Returns a name of this machine that the server accepts.
fn machine_name() -> String {
    let kernel = fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let name = kernel.or_else(|| {
        let output = Command::new("uname").arg("-n").stdin(Stdio::null()).output().ok()?;
        String::from_utf8(output.stdout).ok()
    });
    presentable(&name.unwrap_or_default())
}

fn presentable(name: &str) -> String {
    let name: String = name.trim().chars().filter(|c| is_visible(*c)).take(MAX_NAME).collect();
    if name.trim().is_empty() || has_credential_form(&name) {
        "this machine".to_owned()
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn surroundings() -> Surroundings {
        Surroundings {
            is_terminal: true,
            is_ssh: false,
            is_ci: false,
            is_device_asked: false,
            is_browser_refused: false,
            machine: "a".to_owned(),
        }
    }

    #[test]
    fn a_browser_opens_only_in_an_interactive_local_terminal() {
        assert!(surroundings().opens_browser());
        for other in [
            Surroundings { is_terminal: false, ..surroundings() },
            Surroundings { is_ssh: true, ..surroundings() },
            Surroundings { is_ci: true, is_device_asked: true, ..surroundings() },
            Surroundings { is_browser_refused: true, ..surroundings() },
        ] {
            assert!(!other.opens_browser(), "{other:?}");
        }
    }

    #[test]
    fn machine_names_are_stripped_of_control_characters_and_bounded() {
        assert_eq!(presentable("lap\u{1b}top\n"), "laptop");
        assert_eq!(presentable(" \n"), "this machine");
        assert_eq!(presentable(&"x".repeat(100)).len(), MAX_NAME);
        assert!(!machine_name().is_empty());
    }
}
