//! Commands that write only in a few folders and do not read the secrets of the home directory.
//!
//! | a command can | kept from it by |
//! |---|---|
//! | write anywhere | Landlock: only the root, a private temporary directory and harmless devices |
//! | read keys, tokens and settings in the home directory | Landlock: system directories, and toolchains of the home |
//! | read another process's memory or environment, or trace it | Landlock, which keeps a domain from all outside of it |
//! | signal other processes, or use their abstract sockets | Landlock, from Linux 6.12 on |
//! | gain rights by a program such as sudo | no new privileges |
//! | use the rights of root, where the server has them | capabilities are dropped but for those about files, users and ports |
//! | go on after its end, even in a group or session of its own | [`ProcessTree`] |
//!
//! The network is open to it, and so are the sockets with a path that the user may connect to, such as that of Docker;
//! kernels with Landlock's ABI 9 close those. A user who can reach such a socket is not confined by this.
//!
//! A thread of its own enters the domain and starts the command, which inherits it, so that the server's threads are
//! never confined.

mod command_termination;
#[cfg(target_os = "linux")]
mod home_toolchains;
#[cfg(target_os = "linux")]
mod landlock_domain;
mod launch;
#[cfg(target_os = "linux")]
mod process_snapshot;

use std::path::{Path, PathBuf};

use covibe_domain::boxed;
use tokio::process::{Child, Command};

pub use command_termination::{ProcessTree, end_commands, end_process_tree};
#[cfg(target_os = "linux")]
pub use process_snapshot::{Process, processes};

/// The folders that a command may use beside the system's.
#[derive(Clone, Debug)]
pub struct Confinement {
    readable: Vec<PathBuf>,
    writable: Vec<PathBuf>,
}

impl Confinement {
    /// Returns whether this kernel can keep a command from writing elsewhere: Landlock with truncation, Linux 6.2.
    pub fn is_supported() -> bool {
        #[cfg(target_os = "linux")]
        return landlock_domain::is_supported();
        #[cfg(not(target_os = "linux"))]
        return false;
    }

    /// Allows to read and write below a root and a temporary directory.
    pub fn writing_below(root: &Path, temporary: &Path) -> Self {
        let writable = vec![root.to_path_buf(), temporary.to_path_buf()];
        Self { readable: Vec::new(), writable }
    }

    /// Allows to read a file, or all below a folder, too.
    #[must_use]
    pub fn with_readable(mut self, path: &Path) -> Self {
        self.readable.push(path.to_path_buf());
        self
    }

    /// Allows to read and write a file, or all below a folder, too.
    #[must_use]
    pub fn with_writable(mut self, path: &Path) -> Self {
        self.writable.push(path.to_path_buf());
        self
    }

    /// Returns whether a command with this `HOME` and `PATH` could read a file at this path, which need not exist.
    #[cfg(target_os = "linux")]
    pub fn lets_read(&self, file: &Path, command: &Command) -> bool {
        let (readable, writable) = (self.readable.clone(), self.writable.clone());
        landlock_domain::Domain::new(readable, writable, command).lets_read(file)
    }

    /// Starts the command in its own process group, confined where the kernel can; must be called inside a tokio runtime.
    ///
    /// The toolchains that become readable are those of the `HOME` and `PATH` that are set on the command. Once the
    /// caller has given up, the command is killed.
    ///
    /// # Errors
    ///
    /// The command could not be started, or could not be confined although the kernel can.
    #[boxed]
    pub async fn spawn(&self, mut command: Command) -> std::io::Result<Child> {
        command.process_group(0).kill_on_drop(true);
        let mark = command_termination::draw_mark();
        command.env(command_termination::MARK, &mark);
        #[cfg(target_os = "linux")]
        if Self::is_supported() {
            let (readable, writable) = (self.readable.clone(), self.writable.clone());
            let domain = landlock_domain::Domain::new(readable, writable, &command);
            return launch::in_thread(command, mark, move || domain.enter()).await;
        }
        launch::in_thread(command, mark, || Ok(())).await
    }
}
