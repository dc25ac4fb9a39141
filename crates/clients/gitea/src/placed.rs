//! Where Gitea's repositories lie.

use covibe_domain::{Place, Placed};

use crate::Repo;

impl Placed for Repo {
    const NOUN: &'static str = "Repository";

    fn id(&self) -> &str {
        &self.full_name
    }

    fn place(&self) -> Place<'_> {
        Place::Organisation(self.full_name.split('/').next().unwrap_or_default())
    }
}
