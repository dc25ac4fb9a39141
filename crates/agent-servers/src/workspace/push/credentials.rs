//! The credentials of a push: they go to git's helper through a pipe, and are in no address, argument, variable or file.

use std::fs::{File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use covibe_domain::{Failure, Secret};
use rustix::fs::OFlags;

/// The variable with the path of the pipe.
pub(super) const PIPE: &str = "COVIBE_PIPE";

/// The helper that git asks: it answers with what the pipe gives, and keeps nothing.
pub(super) const HELPER: &str = "credential.helper=!f() { test \"$1\" = get || exit 0; \
    { read -r user; read -r password; } < \"$COVIBE_PIPE\"; \
    printf 'username=%s\\npassword=%s\\n' \"$user\" \"$password\"; }; f";

/// The number of times that git may ask: once, and again for a refusal.
const TIMES: usize = 4;

/// A pipe that holds the credentials until it is read or dropped.
pub(super) struct Pipe {
    pub(super) path: PathBuf,
    _open: File,
}

impl Pipe {
    /// Makes a pipe in a private folder.
    pub(super) fn new(folder: &Path, user: &str, token: &Secret) -> Result<Self, Failure> {
        Self::make(&folder.join("pipe"), user, token).map_err(|error| {
            tracing::warn!(%error, "the pipe for credentials could not be created");
            Failure::unready("The credentials could not be handed to git.")
        })
    }

    fn make(path: &Path, user: &str, token: &Secret) -> io::Result<Self> {
        let _ = std::fs::remove_file(path);
        make_fifo(path)?;
        let nonblocking = OFlags::NONBLOCK.bits().cast_signed();
        // Open for both, so that neither this nor the other end waits.
        let mut open =
            OpenOptions::new().read(true).write(true).custom_flags(nonblocking).open(path)?;
        let pair = Secret::new(format!("{user}\n{}\n", token.expose()).repeat(TIMES));
        open.write_all(pair.expose().as_bytes())?;
        Ok(Self { path: path.to_path_buf(), _open: open })
    }
}

#[cfg(not(target_vendor = "apple"))]
fn make_fifo(path: &Path) -> io::Result<()> {
    use rustix::fs::{CWD, Mode, mkfifoat};
    Ok(mkfifoat(CWD, path, Mode::RUSR | Mode::WUSR)?)
}

#[cfg(target_vendor = "apple")]
fn make_fifo(path: &Path) -> io::Result<()> {
    let made =
        std::process::Command::new("/usr/bin/mkfifo").args(["-m", "600"]).arg(path).status()?;
    if made.success() { Ok(()) } else { Err(io::Error::other("mkfifo failed")) }
}
