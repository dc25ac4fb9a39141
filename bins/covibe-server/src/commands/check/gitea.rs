//! The checks of Gitea: its version, the token's owner, and what the token may do.

use covibe_gitea::{Client, Token};

use super::report::{Check, broken, failed, is, passed, warned};
use crate::compose;
use crate::config::Gitea;

/// The scopes that provisioning requires; `write:…` implies `read:…`, and `all` implies all.
const NEEDED: [&str; 4] = ["write:admin", "write:organization", "write:repository", "write:user"];

/// Runs the checks of Gitea.
pub(super) async fn checks(from: Option<&Gitea>) -> Vec<Check> {
    let Some(from) = from else {
        return vec![failed("gitea.version", "not configured: set GITEA_API_URL")];
    };
    let client = match compose::gitea_client(from) {
        Ok(client) => client,
        Err(error) => return vec![failed("gitea.version", format!("{error:#}"))],
    };
    let version = match client.version().await {
        Ok(version) => passed("gitea.version", version),
        Err(error) => broken("gitea.version", &error),
    };
    let mut checks = vec![version, admin(&client, from).await];
    checks.extend(tokens(&client, from).await);
    checks
}

async fn admin(client: &Client, from: &Gitea) -> Check {
    const NAME: &str = "gitea.admin";
    match client.whoami(&from.token).await {
        Ok(Some(user)) if !user.login.eq_ignore_ascii_case(&from.username) => {
            failed(NAME, "the token does not belong to GITEA_USERNAME")
        }
        Ok(Some(user)) => {
            is(NAME, user.is_admin, &user.login, "GITEA_USERNAME is not a site administrator")
        }
        Ok(None) => failed(NAME, "Gitea rejects the token: it is invalid or lacks write:user"),
        Err(error) => broken(NAME, &error),
    }
}

/// Lists the administrator's tokens, which requires the same authentication as creating bots'
/// tokens.
async fn tokens(client: &Client, from: &Gitea) -> Vec<Check> {
    const NAME: &str = "gitea.tokens";
    match client.tokens(&from.username).await {
        Ok(tokens) => {
            let own = from.token.expose();
            let own = own.get(own.len().saturating_sub(8)..).unwrap_or_default();
            let creation = passed(NAME, "the token can create tokens by Basic authentication");
            vec![creation, scopes(tokens.iter().find(|token| token.last_eight == own))]
        }
        Err(error) => vec![broken(NAME, &error)],
    }
}

fn scopes(own: Option<&Token>) -> Check {
    const NAME: &str = "gitea.scopes";
    let Some(own) = own else {
        return warned(NAME, "unknown: the token is not among those of GITEA_USERNAME");
    };
    let has = |scope: &str| own.scopes.iter().any(|each| each == scope || each == "all");
    let lacking: Vec<_> = NEEDED.into_iter().filter(|scope| !has(scope)).collect();
    let problem = format!("the token lacks {}", lacking.join(", "));
    is(NAME, lacking.is_empty(), "sufficient", &problem)
}

#[cfg(test)]
mod tests {
    use super::super::report::Status;
    use super::*;

    fn with(scopes: &[&str]) -> Token {
        let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        Token { id: 1, name: "admin".to_owned(), last_eight: "89abcdef".to_owned(), scopes }
    }

    #[test]
    fn missing_scopes_are_named() {
        assert_eq!(scopes(Some(&with(&["all"]))).status, Status::Pass);
        assert_eq!(scopes(Some(&with(&NEEDED))).status, Status::Pass);
        let lacking = scopes(Some(&with(&["write:admin", "read:user", "write:repository"])));
        assert_eq!(lacking.status, Status::Fail);
        assert_eq!(lacking.says, "the token lacks write:organization, write:user");
        assert_eq!(scopes(None).status, Status::Warn);
    }
}
