//! The packages that a server offers, and the command that installs them.

use std::path::PathBuf;
use std::sync::Arc;

use covibe_domain::Failure;

use super::download_permits::SendPermits;
use super::package_folder::Folder;
use super::package_record::Record;

/// Where the files are.
pub(super) const DOWNLOADS: &str = "/downloads";

/// Where the registry of the scope is.
pub(super) const REGISTRY: &str = "/npm";

/// The packages of a folder, and how they are handed out. `cargo xtask package` writes them, even while the server
/// runs.
#[derive(Clone, Debug)]
pub struct Packages {
    pub(super) folder: Arc<Folder>,
    /// The command that replaces the usual one.
    install: Option<Arc<str>>,
    pub(super) places: SendPermits,
}

impl Packages {
    /// Returns the packages of a folder, which need not exist yet.
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        let folder = Arc::new(Folder::at(folder.into()));
        Self { folder, install: None, places: SendPermits::default() }
    }

    /// Replaces the command that installs the package.
    #[must_use]
    pub fn with_install(self, command: &str) -> Self {
        Self { install: Some(command.into()), ..self }
    }

    /// Returns the command that installs the package from the server at this origin.
    pub(crate) fn install_command(&self, origin: &str) -> String {
        match &self.install {
            Some(command) => command.to_string(),
            None => format!("npm install --save-dev {origin}{DOWNLOADS}/co-vibe.tgz"),
        }
    }

    /// Returns whether the command is another one than the usual.
    pub(crate) fn has_other_command(&self) -> bool {
        self.install.is_some()
    }

    /// Returns the newest package.
    pub(super) async fn newest(&self) -> Result<Record, Failure> {
        self.folder.packages().await.first().cloned().ok_or_else(not_built)
    }

    /// Returns the package of a version.
    pub(super) async fn version(&self, version: &str) -> Result<Record, Failure> {
        let packages = self.folder.packages().await;
        let found = packages.iter().find(|each| each.version.to_string() == version);
        let newest = packages.first().ok_or_else(not_built)?;
        found.cloned().ok_or_else(|| {
            Failure::not_found("This server does not have this version of the companion.")
                .hint(format!("The newest one is {}: {DOWNLOADS}/co-vibe.json.", newest.version))
        })
    }
}

fn not_built() -> Failure {
    Failure::not_found("This server has no package of the companion.").hint(
        "Tell the operator: `cargo xtask package` builds it into the folder companion next to the \
         server's program; COVIBE_COMPANION_DIR names another folder.",
    )
}
