//! The product requirements document of a session key: versions on this machine, each in a file, the newest of them
//! valid, and, if there is a server, a project there.

mod linked_project;
mod publish;
mod server;
mod version;

use std::io;
use std::time::Duration;

use covibe_domain::Failure;

use self::linked_project::ProjectLink;
use self::publish::publish;
use crate::platform::file_and_setting_errors::{not_read, not_stored};
use crate::platform::files::{Record, Shelf, ShelfGuard, blocking};
use crate::platform::session_folder::SessionFolder;

pub(super) use self::linked_project::Published;
pub(super) use self::server::Server;
pub(super) use self::version::{MAX_TEXT, MAX_TITLE, Version};

/// The maximum number of versions that are kept.
const MAX_VERSIONS: usize = 100;

/// The maximum size of a version's file, in bytes: JSON escapes a character by up to six.
const MAX_FILE: u64 = MAX_TEXT as u64 * 6 + 16 * 1024;

/// The longest wait for other processes, which may be talking to the server.
const PATIENCE: Duration = Duration::from_mins(1);

/// The PRD of a session key.
#[derive(Clone, Debug)]
pub(in crate::platform) struct PrdStore {
    shelf: Shelf,
    server: Server,
}

/// A PRD was finalized.
#[derive(Debug)]
pub(in crate::platform) struct Finalized {
    /// The number of the version.
    pub(in crate::platform) version: u64,
    /// The number of the version before it.
    pub(in crate::platform) replaced: Option<u64>,
    /// The number of the oldest version, which had to go.
    pub(in crate::platform) removed: Option<u64>,
    /// The project, if there is a server.
    pub(in crate::platform) project: Option<Published>,
}

/// The PRD that counts.
#[derive(Debug)]
pub(in crate::platform) struct Current {
    pub(in crate::platform) number: u64,
    pub(in crate::platform) version: Version,
    /// The number of versions that are kept.
    pub(in crate::platform) versions: usize,
    pub(in crate::platform) project: Option<Published>,
    /// The names of files that could not be read.
    pub(in crate::platform) set_aside: Vec<String>,
}

impl PrdStore {
    pub(in crate::platform) fn new(session: &SessionFolder, server: Server) -> Self {
        Self { shelf: Shelf::new(session.join("prd"), MAX_FILE), server }
    }

    /// Keeps a version, unless it is the newest one already, and writes it to the server's project.
    pub(in crate::platform) async fn finalize(
        &self,
        version: Version,
    ) -> Result<Finalized, Failure> {
        let guard = self.shelf.lock(PATIENCE).await?;
        let kept = version.clone();
        let (guard, mut finalized) = blocking(move || {
            let finalized = keep(&guard, &kept).map_err(|error| not_stored(&error))?;
            Ok((guard, finalized))
        })
        .await?;
        if let Some(server) = self.server.get()? {
            let published = publish(server, &guard, &version).await;
            finalized.project =
                Some(published.map_err(|failure| unpublished(finalized.version, failure))?);
        }
        Ok(finalized)
    }

    /// Returns the newest version that can be read, if any.
    pub(in crate::platform) async fn current(&self) -> Result<Option<Current>, Failure> {
        let versions = self.shelf.clone();
        blocking(move || current(&versions).map_err(|error| not_read(&error))).await
    }
}

/// Adds a version to the failure that kept it from the server.
fn unpublished(version: u64, mut failure: Failure) -> Failure {
    let doubt = if failure.is_in_doubt() { "perhaps not" } else { "not" };
    failure.message = format!(
        "The PRD is kept on this machine as version {version}, but {doubt} on Co-Vibe: {}",
        failure.message
    );
    let advice = "finalize_prd with the same title and content tries again and creates no \
                  duplicate.";
    failure.hint = Some(
        failure.hint.map_or_else(|| advice.to_owned(), |hint| format!("{hint} Then {advice}")),
    );
    failure
}

fn keep(guard: &ShelfGuard, version: &Version) -> io::Result<Finalized> {
    let shelf = guard.shelf();
    let mut numbers = shelf.numbers()?;
    let newest = numbers.last().copied();
    if let Some(number) = newest
        && let Record::Here(before) = shelf.read::<Version>(number)?
        && before.has_texts_of(version)
    {
        let replaced = numbers.iter().rev().nth(1).copied();
        return Ok(Finalized { version: number, replaced, removed: None, project: None });
    }
    let added = guard.add(version)?;
    numbers.push(added);
    let surplus = numbers.len().saturating_sub(MAX_VERSIONS);
    for oldest in &numbers[..surplus] {
        guard.remove(*oldest)?;
    }
    let removed = numbers[..surplus].last().copied();
    Ok(Finalized { version: added, replaced: newest, removed, project: None })
}

fn current(shelf: &Shelf) -> io::Result<Option<Current>> {
    let numbers = shelf.numbers()?;
    let mut set_aside = Vec::new();
    for number in numbers.iter().rev() {
        match shelf.read::<Version>(*number)? {
            Record::Here(version) => {
                let project = ProjectLink::published(shelf.folder())?;
                let versions = numbers.len() - set_aside.len();
                return Ok(Some(Current {
                    number: *number,
                    version,
                    versions,
                    project,
                    set_aside,
                }));
            }
            Record::SetAside(name) => set_aside.push(name),
            Record::Gone => {}
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use covibe_domain::Timestamp;

    use super::*;

    fn version(content: &str) -> Version {
        Version::new(Timestamp::now(), "Shop".to_owned(), content.to_owned()).unwrap()
    }

    #[tokio::test]
    async fn the_101st_version_removes_the_oldest_and_reports_it() {
        let home = tempfile::tempdir().unwrap();
        let shelf = Shelf::new(home.path().join("prd"), MAX_FILE);
        let guard = shelf.lock(PATIENCE).await.unwrap();
        for number in 1..=MAX_VERSIONS as u64 {
            let kept = keep(&guard, &version(&format!("text {number}"))).unwrap();
            assert_eq!(
                (kept.version, kept.replaced, kept.removed),
                (number, number.checked_sub(1).filter(|n| *n > 0), None)
            );
        }
        let last = MAX_VERSIONS as u64;
        let again = keep(&guard, &version(&format!("text {last}"))).unwrap();
        assert_eq!((again.version, again.replaced), (last, Some(last - 1)));
        let more = keep(&guard, &version("one more")).unwrap();
        assert_eq!((more.version, more.replaced, more.removed), (last + 1, Some(last), Some(1)));
        let current = current(&shelf).unwrap().unwrap();
        assert_eq!((current.number, current.versions), (last + 1, MAX_VERSIONS));
    }
}
