//! Labels of issues.

use covibe_domain::boxed;
use covibe_upstream::{Cause, optional};
use serde::Deserialize;

use crate::{Client, Error, page};

/// A label.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Label {
    /// Its id.
    pub id: i64,
    /// Its name, which need not be unique.
    #[serde(default)]
    pub name: String,
}

impl Client {
    /// Returns the labels that issues of a repository can have: its own, then those of the organisation that owns it,
    /// as far as the token may read them (read:organization).
    #[boxed]
    pub async fn labels(&self, owner: &str, repo: &str) -> Result<Vec<Label>, Error> {
        let own = || {
            let request = self.transport.get("/repos/{owner}/{repo}/labels");
            request.segment(owner).segment(repo)
        };
        let mut labels: Vec<Label> = page::all(own).await?;
        let of_org = || self.transport.get("/orgs/{org}/labels").segment(owner);
        match optional(page::all::<Label>(of_org).await) {
            Ok(more) => labels.extend(more.unwrap_or_default()),
            Err(Error { cause: Cause::Unauthorized | Cause::Renamed { .. }, .. }) => {}
            Err(error) => return Err(error),
        }
        Ok(labels)
    }
}
