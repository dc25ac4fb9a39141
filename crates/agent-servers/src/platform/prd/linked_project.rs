//! The project of a server that a PRD became.

use std::io;
use std::path::Path;

use covibe_domain::{ProjectId, Slug};
use serde::{Deserialize, Serialize};

use crate::platform::files::{Record, read_json, write_json};

/// The name of the file.
const FILE: &str = "project.json";

/// The maximum size of the file, in bytes: a workspace has at most 1,000 projects.
const MAX_FILE: u64 = 128 * 1024;

/// A project that has the PRD.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::platform) struct Published {
    /// The server's address.
    pub(in crate::platform) server: String,
    /// The workspace.
    pub(in crate::platform) workspace: Slug,
    /// The project.
    pub(in crate::platform) id: ProjectId,
}

/// The project on a server, as far as it is known. It is written before the project is created, so that a call after a lost
/// answer finds what the lost one made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", tag = "state")]
pub(super) enum ProjectLink {
    /// A project was requested.
    Creating {
        /// The server's address.
        server: String,
        /// The workspace.
        workspace: Slug,
        /// The title that was sent.
        title: String,
        /// The digest of the text that was sent.
        digest: String,
        /// The projects that had this title before.
        others: Vec<ProjectId>,
    },
    /// The project is there.
    Made(Published),
}

impl ProjectLink {
    /// Returns what is known of the project in this workspace of this server; nothing if the file is about another one, or
    /// could not be read.
    pub(super) fn read(folder: &Path, server: &str, workspace: &Slug) -> io::Result<Option<Self>> {
        let Record::Here(link) = read_json::<Self>(folder, FILE, MAX_FILE)? else {
            return Ok(None);
        };
        Ok(Some(link).filter(|link| link.place() == (server, workspace)))
    }

    /// Returns the project of whatever server it was made on.
    pub(super) fn published(folder: &Path) -> io::Result<Option<Published>> {
        match read_json::<Self>(folder, FILE, MAX_FILE)? {
            Record::Here(Self::Made(published)) => Ok(Some(published)),
            _ => Ok(None),
        }
    }

    pub(super) fn write(&self, folder: &Path) -> io::Result<()> {
        write_json(folder, FILE, self)
    }

    fn place(&self) -> (&str, &Slug) {
        match self {
            Self::Creating { server, workspace, .. }
            | Self::Made(Published { server, workspace, .. }) => (server, workspace),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_link_is_ignored_for_another_server_or_workspace() {
        let folder = tempfile::tempdir().unwrap();
        let slug = |text: &str| text.parse::<Slug>().unwrap();
        let server = "https://a.example/api".to_owned();
        let id: ProjectId = "prj_7k2m9x4q8w3n6v5t".parse().unwrap();
        let made = ProjectLink::Made(Published { server, workspace: slug("mark"), id });
        made.write(folder.path()).unwrap();
        let read = |server: &str, workspace: &str| {
            ProjectLink::read(folder.path(), server, &slug(workspace)).unwrap()
        };
        assert_eq!(read("https://a.example/api", "mark"), Some(made));
        assert_eq!(read("https://b.example/api", "mark"), None);
        assert_eq!(read("https://a.example/api", "justine"), None);
        std::fs::write(folder.path().join(FILE), "{").unwrap();
        assert_eq!(read("https://a.example/api", "mark"), None);
        assert!(folder.path().join("project.json.corrupt").exists());
    }
}
