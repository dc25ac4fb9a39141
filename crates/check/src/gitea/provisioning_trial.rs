//! A trial of the requests that provisioning, and then tenants, send to Gitea. No route returns the settings
//! that refuse them, so a user, an organisation and a repository are created and deleted again.

use covibe_config::Config;
use covibe_domain::{Secret, Timestamp};
use covibe_gitea::{Cause, Client, Error, NewRepo, UnlistedReason};

use super::deliveries;
use super::trial_accounts::{self, PREFIX, clean, email, organisation};
use crate::check_outcome::{Check, failed_check, passed_check, warned_check};
use crate::upstream_remedies::with_mend;

const NAME: &str = "gitea.provisioning";

/// The name of the check of the rights of a workspace's bot on repositories.
const REPOSITORIES: &str = "gitea.repositories";

/// The scopes of the trial's token, which are among those of a workspace's token.
const SCOPES: [&str; 3] = ["read:user", "write:organization", "write:repository"];

/// The repository of the trial.
const REPOSITORY: &str = "check";

/// The right that the instance refuses to bots, or the error of a step.
enum TrialFailure {
    Step(&'static str, Error),
    /// The problem with repositories, and its remedy.
    Repositories(String),
    /// A signal ended the trial.
    Stopped,
}

/// Runs the trial; with a configuration, also that of deliveries to its server. `stop` ends it early, and what it has
/// created is deleted all the same.
pub(crate) async fn checks(
    client: &Client,
    server: Option<&Config>,
    stop: impl Future<Output = ()>,
) -> Vec<Check> {
    if let Err(error) = trial_accounts::delete(client, Timestamp::now()).await {
        let says = format!("the remains of an earlier check could not be deleted: {error}");
        return vec![failed_check(NAME, says)];
    }
    let name = format!("{PREFIX}{}", hex::encode(covibe_crypto::random::<6>()));
    let tried = tokio::select! {
        tried = attempt_steps(client, &name, server) => tried,
        () = stop => Err(TrialFailure::Stopped),
    };
    let (delivered, refused) = match tried {
        Ok(delivered) => (delivered, None),
        Err(refused) => (Vec::new(), Some(refused)),
    };
    let left = clean(client, &name).await.err();
    let provisioning = match (&refused, left) {
        (Some(TrialFailure::Step(action, error)), _) => {
            failed_check(NAME, format!("{action} fails: {}", with_mend(error)))
        }
        (_, Some(error)) => failed_check(
            NAME,
            format!("{name} could not be deleted afterwards: {}", with_mend(&error)),
        ),
        (Some(TrialFailure::Stopped), None) => {
            failed_check(NAME, "the check was stopped by a signal: run it again")
        }
        (_, None) => passed_check(NAME, "users, organisations, tokens and keys can be created"),
    };
    let repositories = match refused {
        None => Some(passed_check(REPOSITORIES, "bots can create and read repositories")),
        Some(TrialFailure::Repositories(why)) => Some(failed_check(REPOSITORIES, why)),
        Some(TrialFailure::Step(..) | TrialFailure::Stopped) => None,
    };
    [provisioning].into_iter().chain(repositories).chain(delivered).collect()
}

/// Carries out the steps of provisioning, and then a delivery to a server. Returns the step that fails, with its
/// error.
async fn attempt_steps(
    client: &Client,
    name: &str,
    server: Option<&Config>,
) -> Result<Vec<Check>, TrialFailure> {
    let at = |step| move |error| TrialFailure::Step(step, error);
    let password = Secret::new(format!("Aa1!{}", covibe_crypto::mint_key().token.expose()));
    client
        .create_user(name, &email(name), &password)
        .await
        .map_err(at("creating a private user"))?;
    client.limit_user(name).await.map_err(at("limiting a user"))?;
    let org = organisation(name);
    client.create_org(&org, "").await.map_err(at("creating an organisation"))?;
    let team = client.owners_team(&org).await.map_err(at("reading an organisation's teams"))?;
    let handing = "handing over an organisation";
    client.add_member(&org, team, name).await.map_err(at(handing))?;
    // From now on, the user's deletion deletes the organisation too.
    client.remove_member(team, client.username()).await.map_err(at(handing))?;
    let tokens = client.tokens_by_password(name, &password).await;
    let tokens = tokens.map_err(at("setting a user's password"))?;
    let token = tokens.create("check", &SCOPES).await;
    let token = token.map_err(at("creating a token"))?.token;
    client.whoami(&token).await.map_err(at("using a token"))?;
    if let Ok(pair) = covibe_crypto::keypair(name) {
        let added = client.add_key(name, "check", &pair.public).await;
        added.map_err(at("adding an SSH key"))?;
    }
    repositories(client, &token, &org).await?;
    let mut checks: Vec<_> = hooks(client, &org).await.into_iter().collect();
    if let Some(server) = server {
        let place = (org.as_str(), REPOSITORY);
        checks.extend(deliveries::checks(&client.writer(&token), place, server).await);
    }
    Ok(checks)
}

/// Warns of hooks that are switched off, which Gitea then refuses to list.
async fn hooks(client: &Client, org: &str) -> Option<Check> {
    let listed = client.org_hooks(org).await.ok()?;
    let says = "Gitea refuses hooks, so pushes are noticed up to a minute late: remove [security] \
                DISABLE_WEBHOOKS from its app.ini";
    (listed.unlisted == Some(UnlistedReason::Refused)).then(|| warned_check("gitea.hooks", says))
}

/// Creates and reads a repository as the organisation's bot.
async fn repositories(client: &Client, token: &Secret, org: &str) -> Result<(), TrialFailure> {
    let new = NewRepo { name: REPOSITORY, description: "", default_branch: deliveries::BRANCH };
    match client.writer(token).create_repo(org, new).await {
        Err(Error { cause: Cause::Refused(refusal), .. }) if refusal.status == 413 => {
            return Err(TrialFailure::Repositories(
                "the default quota is used up by an empty repository: raise it, or set [quota] \
                 ENABLED = false in Forgejo"
                    .to_owned(),
            ));
        }
        Err(error) => {
            return Err(TrialFailure::Repositories(format!(
                "creating one fails: {}",
                with_mend(&error)
            )));
        }
        Ok(_) => {}
    }
    match client.reader(token).repo(org, REPOSITORY).await {
        Ok(Some(_)) => Ok(()),
        Ok(None) => Err(TrialFailure::Repositories(
            "a second factor is enforced, which hides every repository from bots: unset [security] \
             TWO_FACTOR_AUTH in Gitea"
                .to_owned(),
        )),
        Err(error) => Err(TrialFailure::Repositories(format!("reading one fails: {}", with_mend(&error)))),
    }
}
