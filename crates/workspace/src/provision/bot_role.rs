//! The role of the bot in the organisation: an owner, or a member of a team that maintains its repositories.

use covibe_domain::Failure;
use covibe_gitea::{Client, Team, User};

use super::organisation_names::moved_organisation;
use super::run_context::{LABEL, ProvisionContext};
use crate::settings::BotRole;

/// Ensures that the bot has the role that the operator has chosen, and no other of ours. The new role is given before
/// the old one is taken. Members that the bot or an operator added to an organisation in use stay.
///
/// Teams are found by the organisation's name, and used only if they belong to the organisation with this id.
pub(super) async fn ensure(on: &ProvisionContext, id: i64, org: &str) -> Result<(), Failure> {
    let gitea = on.gitea()?;
    let owners = Owners::read(gitea, id, org).await?;
    let mark = on.record.upstream_mark.as_deref().unwrap_or_default();
    let maintainers = gitea.maintainers_team(org, mark).await?;
    if let Some(team) = maintainers {
        require_team_of(gitea, team, id, org).await?;
    }
    match on.platform.settings().bot_role {
        BotRole::Owner => make_owner(on, org, &owners, maintainers).await,
        BotRole::Maintainer => make_maintainer(on, (id, org), &owners, maintainers).await,
    }
}

/// Makes the bot an owner. The administrator steps down in a new organisation, and in one that the bot
/// only maintained.
async fn make_owner(
    on: &ProvisionContext,
    org: &str,
    owners: &Owners,
    maintainers: Option<Team>,
) -> Result<(), Failure> {
    let (gitea, bot) = (on.gitea()?, &on.record.gitea_bot_username);
    if !owners.has_bot(on) {
        gitea.add_member(org, owners.team, bot).await?;
    }
    if let Some(team) = maintainers {
        gitea.delete_team(team).await?;
    }
    if owners.has(gitea.username()) && (!on.was_in_use || maintainers.is_some()) {
        gitea.remove_member(owners.team, gitea.username()).await?;
    }
    Ok(())
}

/// Makes the bot a maintainer. The administrator owns the organisation.
async fn make_maintainer(
    on: &ProvisionContext,
    (id, org): (i64, &str),
    owners: &Owners,
    maintainers: Option<Team>,
) -> Result<(), Failure> {
    let (gitea, bot) = (on.gitea()?, &on.record.gitea_bot_username);
    if !owners.has(gitea.username()) {
        gitea.add_member(org, owners.team, gitea.username()).await?;
    }
    let team = match maintainers {
        Some(team) => team,
        None => create(on, id, org).await?,
    };
    gitea.add_member(org, team, bot).await?;
    if owners.has_bot(on) {
        gitea.remove_member(owners.team, bot).await?;
    }
    Ok(())
}

/// Creates the team of maintainers. An owner may have given any fixed name to another team.
async fn create(on: &ProvisionContext, id: i64, org: &str) -> Result<Team, Failure> {
    let name = format!("{LABEL}-{}", hex::encode(covibe_crypto::random::<4>()));
    let mark = on.record.upstream_mark.as_deref().unwrap_or_default();
    let gitea = on.gitea()?;
    let team = gitea.create_maintainers(org, &name, mark).await?;
    let required = require_team_of(gitea, team, id, org).await;
    if required.is_err() {
        gitea.delete_team(team).await?;
    }
    required.map(|()| team)
}

async fn require_team_of(gitea: &Client, team: Team, id: i64, org: &str) -> Result<(), Failure> {
    if gitea.is_team_of(team, id).await? { Ok(()) } else { Err(moved_organisation(org)) }
}

/// The owners of an organisation.
struct Owners {
    team: Team,
    members: Vec<User>,
}

impl Owners {
    async fn read(gitea: &Client, id: i64, org: &str) -> Result<Self, Failure> {
        let team = gitea.owners_team(org).await?;
        require_team_of(gitea, team, id, org).await?;
        Ok(Self { team, members: gitea.team_members(team).await? })
    }

    fn has(&self, login: &str) -> bool {
        self.members.iter().any(|owner| owner.login.eq_ignore_ascii_case(login))
    }

    fn has_bot(&self, on: &ProvisionContext) -> bool {
        self.members.iter().any(|owner| Some(owner.id) == on.record.gitea_bot_id)
    }
}
