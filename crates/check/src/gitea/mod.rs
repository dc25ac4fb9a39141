//! The checks of Gitea: its version, the token's owner, and what the token may do.

mod deliveries;
mod provisioning_trial;
mod public_address;
mod sign_up_and_migrations;
pub(crate) mod ssh_clone_address;
mod trial_accounts;

use covibe_config::{Config, Gitea};
use covibe_gitea::{Cause, Client, Token, Version};
use covibe_installation::upstream_clients;

use crate::check_outcome::{Check, Status, failed_check, is, passed_check, warned_check};
use crate::upstream_remedies::refused_check;
use crate::{clock_skew, upstream_connection};

/// The scopes that provisioning and the releases of compose files require; `write:…` implies `read:…`, and `all` implies
/// all. Of the repositories of workspaces they only read.
const NEEDED: [&str; 4] = ["write:admin", "write:organization", "write:user", "write:repository"];

/// The name of the check of the token's scopes.
const SCOPES: &str = "gitea.scopes";

/// The scope that hides everything private, whatever the others are.
const PUBLIC_ONLY: &str = "public-only";

/// Runs the checks of Gitea; with `deliver`, also that of its deliveries to the running server.
/// The trial ends early by `stop`.
pub(crate) async fn checks(
    config: &Config,
    deliver: bool,
    stop: impl Future<Output = ()>,
) -> Vec<Check> {
    let Some(from) = &config.gitea else {
        return vec![failed_check("gitea.version", "not configured: set GITEA_API_URL")];
    };
    if let Some(problem) = upstream_connection::problem("gitea.address", &from.url).await {
        return vec![problem];
    }
    let client = match upstream_clients::gitea_client(from) {
        Ok(client) => client,
        Err(error) => return vec![failed_check("gitea.version", format!("{error:#}"))],
    };
    let silent = client.version().await.err();
    if silent.is_some_and(|error| error.cause == Cause::Unreachable) {
        return vec![upstream_connection::no_http("gitea.address", &from.url)];
    }
    let mut checks = vec![version(&client).await, admin(&client, from).await];
    checks.extend(public_address::check(&client, from).await);
    checks.push(tokens(&client, from).await);
    checks.extend(sign_up_and_migrations::checks(&client, config.bot_role).await);
    // Only with these rights does the trial say something about the settings.
    if checks.iter().all(|check| check.status != Status::Fail) {
        checks.extend(provisioning_trial::checks(&client, deliver.then_some(config), stop).await);
    }
    checks.extend(clock_skew::upstream("gitea.clock", "Gitea", client.statistics()));
    checks
}

async fn version(client: &Client) -> Check {
    const NAME: &str = "gitea.version";
    match client.version().await {
        Ok(text) => of_version(NAME, &text),
        Err(error) => refused_check(NAME, &error),
    }
}

fn of_version(name: &'static str, text: &str) -> Check {
    let Some(version) = Version::parse(text) else {
        return warned_check(
            name,
            format!("{text}: this release of Co-Vibe was not tested with it"),
        );
    };
    let [major, minor, _] = version.flavor.oldest();
    if !version.is_supported() {
        let flavor = version.flavor;
        return failed_check(
            name,
            format!(
                "{version}: upgrade it; {flavor} {major}.{minor} is the oldest supported version"
            ),
        );
    }
    if !version.is_safe() {
        let [major, minor, patch] = version.flavor.oldest_safe();
        let says = format!(
            "{version}: upgrade it to {major}.{minor}.{patch}, which closes known holes, or to a \
             later release of its own line that closes them too"
        );
        return warned_check(name, says);
    }
    passed_check(name, version.to_string())
}

async fn admin(client: &Client, from: &Gitea) -> Check {
    const NAME: &str = "gitea.admin";
    match client.whoami(&from.token).await {
        Ok(Some(user)) if !user.login.eq_ignore_ascii_case(&from.username) => failed_check(
            NAME,
            "the token does not belong to GITEA_USERNAME: set the name of its owner there",
        ),
        Ok(Some(user)) => is(
            NAME,
            user.is_admin,
            &user.login,
            "GITEA_USERNAME is not a site administrator: make it one in Gitea, or set another",
        ),
        Ok(None) => failed_check(
            NAME,
            "Gitea rejects the token, which is invalid or lacks write:user: create one, and set it in GITEA_API_TOKEN",
        ),
        Err(error) => refused_check(NAME, &error),
    }
}

/// Looks for the token among the administrator's, to see its scopes. From Gitea 1.27 on, only a password
/// gives access to that list; then the trial says what is missing.
async fn tokens(client: &Client, from: &Gitea) -> Check {
    match client.tokens_by_administrator(&from.username).all().await {
        Ok(tokens) => {
            let own = from.token.expose();
            let own = own.get(own.len().saturating_sub(8)..).unwrap_or_default();
            scopes(tokens.iter().find(|token| token.last_eight == own))
        }
        Err(error) if error.cause == Cause::Unauthorized => {
            passed_check(SCOPES, "not reported by this release of Gitea; see gitea.provisioning")
        }
        Err(error) => refused_check(SCOPES, &error),
    }
}

fn scopes(own: Option<&Token>) -> Check {
    const NAME: &str = SCOPES;
    let Some(own) = own else {
        return warned_check(NAME, "unknown: the token is not among those of GITEA_USERNAME");
    };
    if own.scopes.iter().any(|scope| scope == PUBLIC_ONLY) {
        return failed_check(
            NAME,
            "the token is limited to public resources: create one without this limit, and set it \
             in GITEA_API_TOKEN",
        );
    }
    let has = |scope: &str| {
        let write = scope.replacen("read:", "write:", 1);
        own.scopes.iter().any(|each| each == scope || *each == write || each == "all")
    };
    let lacking: Vec<_> = NEEDED.into_iter().filter(|scope| !has(scope)).collect();
    let problem = format!(
        "the token lacks {}: create one that has them, and set it in GITEA_API_TOKEN",
        lacking.join(", ")
    );
    is(NAME, lacking.is_empty(), "sufficient", &problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(scopes: &[&str]) -> Token {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        Token { id: 1, name: "admin".to_owned(), last_eight: "89abcdef".to_owned(), scopes }
    }

    #[test]
    fn unsupported_gitea_releases_fail_and_vulnerable_ones_are_warned_of() {
        for (text, status) in [
            ("1.20.6", Status::Fail),
            ("1.25.3", Status::Warn),
            ("1.25.4", Status::Pass),
            ("6.0.1+gitea-1.21.5", Status::Fail),
            ("11.0.1+gitea-1.22.0", Status::Warn),
            ("15.0.2+gitea-1.22.0", Status::Pass),
            ("main", Status::Warn),
        ] {
            assert_eq!(of_version("gitea.version", text).status, status, "{text}");
        }
        assert_eq!(of_version("gitea.version", "1.26.0").says, "Gitea 1.26.0");
    }

    #[test]
    fn missing_token_scopes_fail_by_name() {
        assert_eq!(scopes(Some(&with(&["all"]))).status, Status::Pass);
        assert_eq!(scopes(Some(&with(&NEEDED))).status, Status::Pass);
        let lacking = scopes(Some(&with(&["write:admin", "read:user", "write:repository"])));
        assert_eq!(lacking.status, Status::Fail);
        assert!(lacking.says.starts_with("the token lacks write:organization, write:user: create"));
        let hidden = scopes(Some(&with(&["all", PUBLIC_ONLY])));
        assert_eq!(hidden.status, Status::Fail);
        assert_eq!(scopes(None).status, Status::Warn);
    }
}
