//! Projects and their environments.

use covibe_domain::Timestamp;

/// An environment of a project.
pub(crate) struct Environment {
    pub(crate) id: i64,
    pub(crate) uuid: String,
    pub(crate) name: String,
    pub(crate) created: Timestamp,
}

/// A project. Its name need not be unique.
pub(crate) struct Project {
    pub(crate) id: i64,
    pub(crate) uuid: String,
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) environments: Vec<Environment>,
}

impl Project {
    /// Returns the environment with that name or else that uuid.
    pub(crate) fn environment(
        &self,
        name: Option<&str>,
        uuid: Option<&str>,
    ) -> Option<&Environment> {
        let named = self.environments.iter().find(|one| Some(one.name.as_str()) == name);
        named.or_else(|| self.environments.iter().find(|one| Some(one.uuid.as_str()) == uuid))
    }
}
