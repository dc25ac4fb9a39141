//! Writing a PRD to a project of a server, so that repeated calls double nothing.
//!
//! The server has no key by which it knows a repeated creation. So what is about to be created is written down first, with
//! the projects that look the same already. After a lost answer, a project with the same title and text that is not among
//! those is the one that the lost call made.

use std::io;

use covibe_domain::{Failure, Kind, ProjectId, Slug};
use sha2::{Digest as _, Sha256};

use super::linked_project::{ProjectLink, Published};
use super::server::CoVibe;
use super::version::Version;
use crate::platform::file_and_setting_errors::not_stored;
use crate::platform::files::{ShelfGuard, blocking};

/// A version on its way to a workspace of a server.
struct Publication<'a> {
    server: &'a CoVibe,
    guard: &'a ShelfGuard,
    workspace: Slug,
    version: &'a Version,
}

/// Writes a version to the project that has the PRD, or to a new one. The caller keeps other processes from doing the same.
pub(super) async fn publish(
    server: &CoVibe,
    guard: &ShelfGuard,
    version: &Version,
) -> Result<Published, Failure> {
    let workspace = server.workspace().await?;
    let publication = Publication { server, guard, workspace, version };
    let id = match publication.find_project().await? {
        Some(id) if publication.update(&id).await? => id,
        _ => publication.create().await?,
    };
    Ok(publication.published(id))
}

impl Publication<'_> {
    /// Returns the project that has the PRD, as far as is known here.
    async fn find_project(&self) -> Result<Option<ProjectId>, Failure> {
        let (folder, server) = (self.guard.shelf().folder().to_owned(), self.server.address());
        let workspace = self.workspace.clone();
        let link = on_disk(move || ProjectLink::read(&folder, &server, &workspace)).await?;
        match link {
            Some(ProjectLink::Made(published)) => Ok(Some(published.id)),
            Some(ProjectLink::Creating { title, digest, others, .. }) => {
                let lost = self.find_lost_project(&title, &digest, &others).await?;
                if let Some(id) = &lost {
                    self.write(ProjectLink::Made(self.published(id.clone()))).await?;
                }
                Ok(lost)
            }
            None => Ok(None),
        }
    }

    /// Returns the project that a call made whose answer was lost.
    async fn find_lost_project(
        &self,
        title: &str,
        digest: &str,
        others: &[ProjectId],
    ) -> Result<Option<ProjectId>, Failure> {
        let titled = self.server.titled(&self.workspace, title).await?;
        for id in titled.into_iter().filter(|id| !others.contains(id)) {
            let text = self.server.text(&self.workspace, &id).await?;
            if digest_of(&text) == digest {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// Returns whether the project is still there and has the version now.
    async fn update(&self, id: &ProjectId) -> Result<bool, Failure> {
        let Version { title, content, .. } = self.version;
        match self.server.update(&self.workspace, id, (title, content)).await {
            Ok(()) => Ok(true),
            Err(failure) if failure.kind == Kind::NotFound => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    async fn create(&self) -> Result<ProjectId, Failure> {
        let Version { title, content, .. } = self.version;
        let others = self.server.titled(&self.workspace, title).await?;
        let digest = digest_of(content);
        self.write(ProjectLink::Creating {
            server: self.server.address(),
            workspace: self.workspace.clone(),
            title: title.clone(),
            digest: digest.clone(),
            others: others.clone(),
        })
        .await?;
        let id = match self.server.create(&self.workspace, title, content).await {
            Ok(id) => id,
            // It may be there already.
            Err(failure) if failure.is_in_doubt() => self
                .find_lost_project(title, &digest, &others)
                .await
                .ok()
                .flatten()
                .ok_or(failure)?,
            Err(failure) => return Err(failure),
        };
        self.write(ProjectLink::Made(self.published(id.clone()))).await?;
        Ok(id)
    }

    async fn write(&self, link: ProjectLink) -> Result<(), Failure> {
        let folder = self.guard.shelf().folder().to_owned();
        on_disk(move || link.write(&folder)).await
    }

    fn published(&self, id: ProjectId) -> Published {
        Published { server: self.server.address(), workspace: self.workspace.clone(), id }
    }
}

async fn on_disk<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> Result<T, Failure> {
    blocking(move || work().map_err(|error| not_stored(&error))).await
}

fn digest_of(text: &str) -> String {
    hex::encode(Sha256::digest(text))
}
