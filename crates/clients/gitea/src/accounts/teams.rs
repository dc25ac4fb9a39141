//! The owners of an organisation: the members of its team with that right.

use covibe_upstream::{Cause, Effect, gone};
use serde::Deserialize;

use crate::{Client, Error, User, page};

/// The path that lists an organisation's teams.
const TEAMS: &str = "/orgs/{org}/teams";

#[derive(Deserialize)]
struct Team {
    id: i64,
    #[serde(default)]
    permission: String,
}

/// The team of an organisation's owners.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OwnersTeam(i64);

impl Client {
    /// Returns the team of an organisation's owners. Every organisation has one; it is known by its
    /// right, because an owner may rename it.
    pub async fn owners_team(&self, org: &str) -> Result<OwnersTeam, Error> {
        let list = || self.transport.get(TEAMS).segment(org).operators();
        let teams: Vec<Team> = page::all(list).await?;
        let owners = teams.iter().find(|team| team.permission == "owner");
        owners.map(|team| OwnersTeam(team.id)).ok_or(Error {
            upstream: self.transport.upstream(),
            method: "GET",
            path: TEAMS,
            cause: Cause::NotFound,
            effect: Effect::None,
        })
    }

    /// Returns the owners of an organisation.
    pub async fn owners(&self, of: OwnersTeam) -> Result<Vec<User>, Error> {
        let list = || self.transport.get("/teams/{id}/members").segment(of.0.to_string());
        page::all(|| list().operators()).await
    }

    /// Makes a user an owner of an organisation; succeeds when it is one.
    pub async fn add_owner(&self, of: OwnersTeam, user: &str) -> Result<(), Error> {
        let request = self.transport.put("/teams/{id}/members/{user}");
        let request = request.segment(of.0.to_string()).segment(user);
        request.repeatable().operators().done().await
    }

    /// Ends a user's ownership of an organisation; succeeds when it is no owner. Gitea answers 500 for
    /// the last owner.
    pub async fn remove_owner(&self, of: OwnersTeam, user: &str) -> Result<(), Error> {
        let request = self.transport.delete("/teams/{id}/members/{user}");
        let request = request.segment(of.0.to_string()).segment(user);
        gone(request.repeatable().operators().done().await)
    }
}
