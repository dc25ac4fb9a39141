//! The location of Gitea's repositories.

use covibe_domain::{Located, Location};

use crate::Repo;

impl Located for Repo {
    const NOUN: &'static str = "Repository";

    fn id(&self) -> &str {
        &self.full_name
    }

    fn location(&self) -> Location<'_> {
        Location::Organisation(self.full_name.split('/').next().unwrap_or_default())
    }
}
