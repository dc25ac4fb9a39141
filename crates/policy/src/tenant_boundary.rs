//! The tenant boundary: the only source of an [`Owned`] resource.

use std::collections::BTreeSet;
use std::ops::Deref;

use covibe_domain::{Failure, Located, Location, ProjectUuid, WorkspaceId};

/// A resource that is inside the workspace's boundary.
///
/// Only [`Boundary::admit`] and [`Boundary::keep`] create one; a clone is the same resource. Functions that read or
/// change a resource take an `Owned` one, so that code without the check does not compile.
#[derive(Clone, Debug)]
pub struct Owned<T>(T);

impl<T> Deref for Owned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// The resources of one workspace on one upstream, or in our own records.
#[derive(Clone, Debug)]
pub enum Boundary {
    /// On Coolify: a project, by the numeric ids of its environments.
    Project {
        /// The project.
        project: ProjectUuid,
        /// Its environments.
        environments: BTreeSet<i64>,
    },
    /// On Gitea: an organisation.
    Organisation(String),
    /// In our own records: the workspace itself.
    Workspace(WorkspaceId),
}

impl Boundary {
    /// Returns whether a location is inside the boundary. An unknown location is outside.
    fn contains(&self, location: Location<'_>) -> bool {
        match (self, location) {
            (Self::Project { environments, .. }, Location::Environment(Some(id))) => {
                environments.contains(&id)
            }
            // Gitea ignores case in names.
            (Self::Organisation(own), Location::Organisation(name)) => {
                name.eq_ignore_ascii_case(own)
            }
            (Self::Workspace(own), Location::Workspace(id)) => id == own,
            _ => false,
        }
    }

    /// Admits a resource of the workspace.
    ///
    /// # Errors
    /// 403 for any other resource; the message names the project or organisation that it does not belong to.
    pub fn admit<T: Located>(&self, resource: T) -> Result<Owned<T>, Failure> {
        if self.contains(resource.location()) {
            return Ok(Owned(resource));
        }
        let owner = match self {
            Self::Project { project, .. } => format!("project {project}"),
            Self::Organisation(name) => format!("organisation {name}"),
            Self::Workspace(_) => "the workspace".to_owned(),
        };
        let message = format!("{} {} does not belong to {owner}", T::NOUN, resource.id());
        Err(Failure::forbidden(message).hint("Stop and ask the user; do not guess other ids."))
    }

    /// Returns the resources of a list that are inside the boundary.
    pub fn keep<T: Located>(&self, resources: impl IntoIterator<Item = T>) -> Vec<Owned<T>> {
        resources.into_iter().filter(|each| self.contains(each.location())).map(Owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct App(Option<i64>);

    impl Located for App {
        const NOUN: &'static str = "Application";

        fn id(&self) -> &'static str {
            "app4567"
        }

        fn location(&self) -> Location<'_> {
            Location::Environment(self.0)
        }
    }

    #[derive(Debug)]
    struct Repo(&'static str);

    impl Located for Repo {
        const NOUN: &'static str = "Repository";

        fn id(&self) -> &'static str {
            "site"
        }

        fn location(&self) -> Location<'_> {
            Location::Organisation(self.0)
        }
    }

    #[derive(Debug)]
    struct Record(WorkspaceId);

    impl Located for Record {
        const NOUN: &'static str = "Resource";

        fn id(&self) -> &'static str {
            "app4567"
        }

        fn location(&self) -> Location<'_> {
            Location::Workspace(&self.0)
        }
    }

    fn boundary() -> Boundary {
        Boundary::Project {
            project: "project1".parse().unwrap(),
            environments: BTreeSet::from([3, 4]),
        }
    }

    #[test]
    fn a_boundary_admits_only_resources_inside_it() {
        assert!(boundary().admit(App(Some(3))).is_ok());
        let organisation = Boundary::Organisation("vibn-mark".to_owned());
        assert!(organisation.admit(Repo("Vibn-Mark")).is_ok());
        assert!(organisation.admit(Repo("vibn-justine")).is_err());
        assert!(boundary().admit(Repo("vibn-mark")).is_err());
        let workspace = |id: &str| id.parse::<WorkspaceId>().unwrap();
        let own = Boundary::Workspace(workspace("ws_mark"));
        assert!(own.admit(Record(workspace("ws_mark"))).is_ok());
        assert!(own.admit(Record(workspace("ws_justine"))).is_err());
        assert!(boundary().admit(Record(workspace("ws_mark"))).is_err());
        let refused = boundary().admit(App(Some(5))).unwrap_err();
        assert_eq!(refused.message, "Application app4567 does not belong to project project1");
        assert_eq!(refused.kind.status(), 403);
    }

    #[test]
    fn a_resource_of_unknown_location_is_rejected() {
        assert!(boundary().admit(App(None)).is_err());
        assert_eq!(boundary().keep([App(None), App(Some(4)), App(Some(9))]).len(), 1);
    }
}
