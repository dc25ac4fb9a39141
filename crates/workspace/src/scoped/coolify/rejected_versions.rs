//! Versions of the workspace's resources that were rejected because of a label of an image, and are not started again.

use covibe_coolify::{Application, Database, Service};
use covibe_crypto::digest;
use covibe_domain::names::displayable;
use covibe_domain::{Failure, boxed};
use covibe_policy::Owned;
use covibe_store::Rejection;

use super::Coolify;
use crate::commit_source::Build;

/// The maximum length of a shown text from an image or a file, in characters.
const MOST_SHOWN: usize = 120;

/// The version of a resource that runs, or would run after a start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Version {
    /// An image, as it is requested.
    Image(String),
    /// A compose file, by its digest.
    File(String),
    /// A commit, by its full hash.
    Commit(String),
}

impl Version {
    /// Returns the version of an application with its current settings; `None` if Coolify does not report it.
    pub(crate) fn from_application(app: &Application) -> Option<Self> {
        if app.runs_image() {
            return app.image().map(Self::Image);
        }
        let is_whole = |hash: &&String| matches!(hash.len(), 40 | 64);
        app.git_commit_sha.as_ref().filter(is_whole).cloned().map(Self::Commit)
    }

    /// Returns the version of a service with its current file; `None` if Coolify does not return the file.
    pub(crate) fn from_service(service: &Service) -> Option<Self> {
        service.compose().map(|file| Self::File(digest(file).to_string()))
    }

    /// Returns the version of a database with its current settings.
    pub(crate) fn from_database(database: &Database) -> Option<Self> {
        database.image.clone().map(Self::Image)
    }

    /// Returns whether it is the rejected version.
    fn was_rejected(&self, by: &Rejection) -> bool {
        let (version, rejected) = match self {
            Self::Image(image) => (image, &by.image),
            Self::File(digest) => (digest, &by.file),
            Self::Commit(hash) => (hash, &by.commit),
        };
        rejected.as_ref() == Some(version)
    }

    /// Returns a description of the version that is not started again, and the remedy.
    fn advice(&self, container: &str) -> (&'static str, String) {
        let container = displayable(container, MOST_SHOWN);
        match self {
            Self::Image(_) => (
                "the same image",
                "Set another image or tag without such labels, then repeat the call. A new image \
                 under the same tag is not enough."
                    .to_owned(),
            ),
            Self::File(_) => (
                "the same file",
                format!(
                    "Give {container} an image without such labels: call apps.update with the changed file as \
                     `composeRaw`, then repeat the call."
                ),
            ),
            Self::Commit(_) => (
                "the same commit",
                "Remove the LABEL from the Dockerfile or take another base image, push, and repeat the call."
                    .to_owned(),
            ),
        }
    }
}

impl Coolify {
    /// Checks that a deployment of an application would not run a rejected version.
    ///
    /// # Errors
    ///
    /// Rejected, with the label, the container and what to change.
    #[boxed]
    pub async fn check_build<'a>(
        &'a self,
        app: &Owned<Application>,
        build: Build<'a>,
    ) -> Result<(), Failure> {
        let version = match build {
            Build::Image => Version::from_application(app),
            Build::Commit(judged) => Some(Version::Commit(judged.source().commit.to_string())),
        };
        self.check_version(app.uuid.as_str(), version).await
    }

    /// Checks that a start of a service would not run a rejected version.
    ///
    /// # Errors
    ///
    /// Rejected, with the label, the container and what to change.
    #[boxed]
    pub async fn check_file(&self, service: &Owned<Service>) -> Result<(), Failure> {
        self.check_version(service.uuid.as_str(), Version::from_service(service)).await
    }

    /// Checks that the version of a resource was not rejected.
    pub(in crate::scoped) async fn check_version(
        &self,
        uuid: &str,
        version: Option<Version>,
    ) -> Result<(), Failure> {
        let Some(version) = version else { return Ok(()) };
        let record = &self.origins.record;
        let mut tx = self.origins.store.tenant_read(&record.tenant).await?;
        let rejection = tx.rejection(&record.id, uuid).await?;
        tx.commit().await?;
        match rejection.filter(|rejection| version.was_rejected(rejection)) {
            Some(rejection) => Err(rejected_before(&version, &rejection)),
            None => Ok(()),
        }
    }

    /// Forgets the rejection of a resource whose deletion was requested.
    pub(super) async fn forget_rejection(&self, uuid: &str) -> Result<(), Failure> {
        let record = &self.origins.record;
        let mut tx = self.origins.store.tenant(&record.tenant).await?;
        tx.delete_rejection(&record.id, uuid).await?;
        Ok(tx.commit().await?)
    }
}

/// 422: the containers were ended because of a label, and the start would run the same version again.
fn rejected_before(version: &Version, rejection: &Rejection) -> Failure {
    let Rejection { container, label, at, .. } = rejection;
    let (same, fix) = version.advice(container);
    let has = match label {
        Some(label) => {
            format!(
                "the label {}, which the proxy or Coolify acts on",
                displayable(label, MOST_SHOWN)
            )
        }
        None => "more labels than are read (1,000, or 1 MiB)".to_owned(),
    };
    let container = displayable(container, MOST_SHOWN);
    let message = format!(
        "The image of {container} has {has}, so the server stopped all containers and does not \
        start {same} again."
    );
    let hint =
        format!("Nothing was started. {fix} Domains are assigned with apps.domains.set only.");
    let failure = Failure::rejected(message).hint(hint).detail("container", container);
    let failure = failure.detail("rejectedAt", at.to_string());
    match label {
        Some(label) => failure.detail("label", displayable(label, MOST_SHOWN)),
        None => failure,
    }
}
