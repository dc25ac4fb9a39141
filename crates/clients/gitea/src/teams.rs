//! The owners of an organisation: the members of its team `Owners`.

use covibe_upstream::{Cause, Effect};
use serde::Deserialize;

use crate::{Client, Error, User, page};

/// The path that lists an organisation's teams.
const TEAMS: &str = "/orgs/{org}/teams";

#[derive(Deserialize)]
struct Team {
    id: i64,
    #[serde(default)]
    name: String,
}

impl Client {
    /// Returns the owners of an organisation.
    pub async fn owners(&self, org: &str) -> Result<Vec<User>, Error> {
        let team = self.owners_team(org).await?;
        page::all(|| self.transport.get("/teams/{id}/members").segment(&team)).await
    }

    /// Makes a user an owner of an organisation; succeeds when it is one.
    pub async fn add_owner(&self, org: &str, user: &str) -> Result<(), Error> {
        let team = self.owners_team(org).await?;
        let request = self.transport.put("/teams/{id}/members/{user}").segment(team).segment(user);
        request.repeatable().done().await
    }

    /// Returns the id of the owners' team, which every organisation has and whose name is reserved.
    async fn owners_team(&self, org: &str) -> Result<String, Error> {
        let teams: Vec<Team> = page::all(|| self.transport.get(TEAMS).segment(org)).await?;
        let owners = teams.iter().find(|team| team.name == "Owners");
        owners.map(|team| team.id.to_string()).ok_or(Error {
            upstream: self.transport.upstream(),
            method: "GET",
            path: TEAMS,
            cause: Cause::NotFound,
            effect: Effect::None,
        })
    }
}
