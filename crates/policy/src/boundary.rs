//! The tenant boundary: the only way to an [`Owned`] resource.

use std::collections::BTreeSet;
use std::ops::Deref;

use covibe_domain::{Failure, Place, Placed, ProjectUuid};

/// A resource that was admitted as the workspace's own.
///
/// There is no other way to one than [`Boundary::admit`] and [`Boundary::keep`]; what changes or
/// reads a resource takes an `Owned` one, so that code which forgets the check does not compile.
#[derive(Debug)]
pub struct Owned<T>(T);

impl<T> Deref for Owned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

/// What belongs to one workspace on one upstream.
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
}

impl Boundary {
    /// Whether something at this place is the workspace's own. An unknown place is not.
    fn holds(&self, place: Place<'_>) -> bool {
        match (self, place) {
            (Self::Project { environments, .. }, Place::Environment(Some(id))) => {
                environments.contains(&id)
            }
            // Gitea compares names without regard to case.
            (Self::Organisation(own), Place::Organisation(name)) => name.eq_ignore_ascii_case(own),
            _ => false,
        }
    }

    /// Admits a resource of the workspace, or fails with the sentence of C section 7.1.
    pub fn admit<T: Placed>(&self, resource: T) -> Result<Owned<T>, Failure> {
        if self.holds(resource.place()) {
            return Ok(Owned(resource));
        }
        let owner = match self {
            Self::Project { project, .. } => format!("project {project}"),
            Self::Organisation(name) => format!("organisation {name}"),
        };
        let message = format!("{} {} does not belong to {owner}", T::NOUN, resource.id());
        Err(Failure::forbidden(message).hint("Stop and ask the user; do not guess other ids."))
    }

    /// Keeps the workspace's own of a list that holds everybody's.
    pub fn keep<T: Placed>(&self, resources: impl IntoIterator<Item = T>) -> Vec<Owned<T>> {
        resources.into_iter().filter(|each| self.holds(each.place())).map(Owned).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug)]
    struct App(Option<i64>);

    impl Placed for App {
        const NOUN: &'static str = "Application";

        fn id(&self) -> &'static str {
            "app4567"
        }

        fn place(&self) -> Place<'_> {
            Place::Environment(self.0)
        }
    }

    #[derive(Debug)]
    struct Repo(&'static str);

    impl Placed for Repo {
        const NOUN: &'static str = "Repository";

        fn id(&self) -> &'static str {
            "site"
        }

        fn place(&self) -> Place<'_> {
            Place::Organisation(self.0)
        }
    }

    fn boundary() -> Boundary {
        Boundary::Project {
            project: "project1".parse().unwrap(),
            environments: BTreeSet::from([3, 4]),
        }
    }

    #[test]
    fn admits_only_its_own() {
        assert!(boundary().admit(App(Some(3))).is_ok());
        let organisation = Boundary::Organisation("vibn-mark".to_owned());
        assert!(organisation.admit(Repo("Vibn-Mark")).is_ok());
        assert!(organisation.admit(Repo("vibn-justine")).is_err());
        assert!(boundary().admit(Repo("vibn-mark")).is_err());
        let refused = boundary().admit(App(Some(5))).unwrap_err();
        assert_eq!(refused.message, "Application app4567 does not belong to project project1");
        assert_eq!(refused.kind.status(), 403);
    }

    #[test]
    fn an_unknown_place_is_nobodys() {
        assert!(boundary().admit(App(None)).is_err());
        assert_eq!(boundary().keep([App(None), App(Some(4)), App(Some(9))]).len(), 1);
    }
}
