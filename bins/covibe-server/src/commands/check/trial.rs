//! A trial of what provisioning does on Gitea. No route tells the settings that refuse it, so a user
//! and an organisation are created and deleted again.

use covibe_domain::Secret;
use covibe_gitea::{Client, Error};

use super::report::{Check, failed, passed};

const NAME: &str = "gitea.provisioning";

/// The scope with which the trial's token can ask whose it is.
const SCOPES: [&str; 1] = ["read:user"];

/// Runs the trial.
pub(super) async fn check(client: &Client) -> Check {
    let name = format!("co-vibe-check-{}", hex::encode(covibe_crypto::random::<6>()));
    let refused = attempt(client, &name).await.err();
    let left = clean(client, &name).await.err();
    match (refused, left) {
        (None, None) => passed(NAME, "users, organisations, tokens and keys can be created"),
        (Some((step, error)), _) => failed(NAME, format!("{step} fails: {error}")),
        (None, Some(error)) => failed(NAME, format!("{name} could not be deleted again: {error}")),
    }
}

/// Carries out the steps of provisioning. Returns the one that fails, with its error.
async fn attempt(client: &Client, name: &str) -> Result<(), (&'static str, Error)> {
    let at = |step| move |error| (step, error);
    let password = Secret::new(format!("Aa1!{}", covibe_crypto::mint_key().token.expose()));
    let email = format!("{name}@bots.invalid");
    client.create_user(name, &email, &password).await.map_err(at("creating a private user"))?;
    client.limit_user(name).await.map_err(at("limiting a user"))?;
    let org = organisation(name);
    client.create_org(&org, "").await.map_err(at("creating an organisation"))?;
    let team = client.owners_team(&org).await.map_err(at("reading an organisation's teams"))?;
    client.add_member(team, name).await.map_err(at("handing over an organisation"))?;
    let tokens = client.tokens_by_password(name, &password).await;
    let tokens = tokens.map_err(at("setting a user's password"))?;
    let token = tokens.create("check", &SCOPES).await;
    let token = token.map_err(at("creating a token"))?.token;
    client.whoami(&token).await.map_err(at("using a token"))?;
    if let Ok(pair) = covibe_crypto::keypair(name) {
        let added = client.add_key(name, "check", &pair.public).await;
        added.map_err(at("adding an SSH key"))?;
    }
    Ok(())
}

/// Deletes what the trial has created.
async fn clean(client: &Client, name: &str) -> Result<(), Error> {
    client.delete_org(&organisation(name)).await?;
    client.delete_user(name).await
}

/// Returns the name of the trial's organisation, which differs from the user's.
fn organisation(name: &str) -> String {
    format!("{name}-org")
}
