//! The teams of an organisation: its owners, and one that maintains its repositories.

use covibe_domain::boxed;
use covibe_upstream::{Cause, Effect, ignore_not_found};
use serde::Deserialize;
use serde_json::json;

use crate::{Client, Error, User, pagination};

/// The path of an organisation's teams.
const TEAMS: &str = "/orgs/{org}/teams";

/// The units that a team of maintainers may use. Gitea ignores them for a team with the permission
/// `admin`, which has every unit (read in its source). Only owners may register runners, whatever
/// the units.
const UNITS: [&str; 10] = [
    "repo.code",
    "repo.issues",
    "repo.pulls",
    "repo.releases",
    "repo.wiki",
    "repo.ext_wiki",
    "repo.ext_issues",
    "repo.projects",
    "repo.packages",
    "repo.actions",
];

#[derive(Deserialize)]
struct Described {
    id: i64,
    #[serde(default)]
    description: String,
    #[serde(default)]
    permission: String,
    #[serde(default)]
    includes_all_repositories: bool,
    #[serde(default)]
    can_create_org_repo: bool,
}

impl Described {
    /// Returns whether it was created by [`Client::create_maintainers`] with this description, and its
    /// rights are the same.
    fn is_maintainers(&self, description: &str) -> bool {
        self.permission == "admin"
            && self.includes_all_repositories
            && self.can_create_org_repo
            && self.description == description
    }
}

/// A team with the organisation that it belongs to.
#[derive(Deserialize)]
struct Placed {
    organization: Option<Organization>,
}

#[derive(Deserialize)]
struct Organization {
    id: i64,
}

/// A team of an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Team(i64);

impl Client {
    /// Returns the team of an organisation's owners. Every organisation has one; it is found by its
    /// right, because an owner may rename it.
    #[boxed]
    pub async fn owners_team(&self, org: &str) -> Result<Team, Error> {
        let teams = self.teams(org).await?;
        let owners = teams.iter().find(|team| team.permission == "owner");
        owners.map(|team| Team(team.id)).ok_or(Error {
            upstream: self.transport.upstream(),
            method: "GET",
            path: TEAMS,
            cause: Cause::NotFound,
            effect: Effect::None,
        })
    }

    /// Returns the team that administers all repositories of an organisation and has this description.
    #[boxed]
    pub async fn maintainers_team(
        &self,
        org: &str,
        description: &str,
    ) -> Result<Option<Team>, Error> {
        let teams = self.teams(org).await?;
        let found = teams.iter().find(|team| team.is_maintainers(description));
        Ok(found.map(|team| Team(team.id)))
    }

    /// Creates a team that administers all repositories of an organisation and creates new ones. A
    /// name that a team has is a conflict.
    #[boxed]
    pub async fn create_maintainers(
        &self,
        org: &str,
        name: &str,
        description: &str,
    ) -> Result<Team, Error> {
        let body = json!({
            "name": name,
            "description": description,
            "permission": "admin",
            "includes_all_repositories": true,
            "can_create_org_repo": true,
            "units": UNITS,
        });
        let request = self.transport.post(TEAMS).segment(org).body(body).operator_only();
        Ok(Team(request.json::<Described>().await?.id))
    }

    /// Returns whether a team belongs to the organisation with this id. A team is found by its
    /// organisation's name, which another organisation may have had at that moment.
    #[boxed]
    pub async fn is_team_of(&self, team: Team, org: i64) -> Result<bool, Error> {
        let request = self.transport.get("/teams/{id}").segment(team.0.to_string()).operator_only();
        Ok(request.json::<Placed>().await?.organization.is_some_and(|found| found.id == org))
    }

    /// Deletes a team; succeeds when it does not exist.
    #[boxed]
    pub async fn delete_team(&self, team: Team) -> Result<(), Error> {
        let request = self.transport.delete("/teams/{id}").segment(team.0.to_string());
        ignore_not_found(request.repeatable().operator_only().execute().await)
    }

    /// Returns the members of a team.
    #[boxed]
    pub async fn team_members(&self, of: Team) -> Result<Vec<User>, Error> {
        let list = || self.transport.get("/teams/{id}/members").segment(of.0.to_string());
        pagination::read_all(|| list().operator_only()).await
    }

    /// Adds a user to an organisation's team; succeeds when it is a member.
    ///
    /// An owner may have blocked the user. Then Gitea, from 1.22 on, lets nobody add it until it is
    /// unblocked, which this does.
    #[boxed]
    pub async fn add_member(&self, org: &str, of: Team, user: &str) -> Result<(), Error> {
        match self.put_member(of, user).await {
            Err(refused) if refused.cause == Cause::Unauthorized => {
                if self.unblock(org, user).await.is_err() {
                    return Err(refused);
                }
                self.put_member(of, user).await
            }
            added => added,
        }
    }

    async fn put_member(&self, of: Team, user: &str) -> Result<(), Error> {
        let request = self.transport.put("/teams/{id}/members/{user}");
        let request = request.segment(of.0.to_string()).segment(user);
        request.repeatable().operator_only().execute().await
    }

    /// Ends an organisation's block of a user. Gitea answers 400 where there is none.
    async fn unblock(&self, org: &str, user: &str) -> Result<(), Error> {
        let request = self.transport.delete("/orgs/{org}/blocks/{user}");
        request.segment(org).segment(user).repeatable().operator_only().execute().await
    }

    /// Ends a user's membership of a team; succeeds when there is none. Gitea answers 500 for the last
    /// owner.
    #[boxed]
    pub async fn remove_member(&self, of: Team, user: &str) -> Result<(), Error> {
        let request = self.transport.delete("/teams/{id}/members/{user}");
        let request = request.segment(of.0.to_string()).segment(user);
        ignore_not_found(request.repeatable().operator_only().execute().await)
    }

    async fn teams(&self, org: &str) -> Result<Vec<Described>, Error> {
        pagination::read_all(|| self.transport.get(TEAMS).segment(org).operator_only()).await
    }
}
