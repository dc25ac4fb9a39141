//! The checks of WorkOS: the credentials of its environment, the published keys, and the address where sign-ins
//! come back.

use covibe_config::{Auth, WorkOs};
use covibe_domain::Failure;
use covibe_installation::upstream_clients;
use covibe_workos::{Cause, Error};
use url::Url;

use crate::check_outcome::{Check, failed_check, passed_check, warned_check};
use crate::upstream_connection;

/// The name of the check that comes first.
const CREDENTIALS: &str = "workos.credentials";

/// Runs the checks, if people sign in with WorkOS.
pub(crate) async fn checks(from: &Auth) -> Vec<Check> {
    match from {
        Auth::Local => vec![passed_check(
            CREDENTIALS,
            "not used: people sign in with passwords of this server (COVIBE_AUTH_MODE=local)",
        )],
        Auth::Blocked(missing) => vec![failed_check(
            CREDENTIALS,
            format!("the server answers nobody until these are set: {}", missing.join(", ")),
        )],
        Auth::WorkOs(from) => of_environment(from).await,
    }
}

async fn of_environment(from: &WorkOs) -> Vec<Check> {
    const ADDRESS: &str = "workos.address";
    let client = match upstream_clients::workos_client(from) {
        Ok(client) => client,
        Err(error) => return vec![failed_check(CREDENTIALS, format!("{error:#}"))],
    };
    if let Some(problem) = upstream_connection::problem(ADDRESS, client.address()).await {
        return vec![problem];
    }
    let listed = client.redirect_uris().await;
    let refused = match &listed {
        Err(error) if error.cause == Cause::Unreachable => {
            return vec![upstream_connection::no_http(ADDRESS, client.address())];
        }
        Err(error) if error.cause == Cause::Unauthorized => Some(error.clone()),
        _ => client.check_client().await.err(),
    };
    if let Some(error) = refused {
        return vec![credentials(error)];
    }
    let says = "WorkOS accepts the client id and the API key as those of one environment";
    let keys = keys(client.published_keys().await);
    vec![passed_check(CREDENTIALS, says), keys, redirect(listed, &from.callback)]
}

fn credentials(error: Error) -> Check {
    let fix = match error.cause {
        Cause::Unauthorized | Cause::Operator(_) => {
            " Set WORKOS_CLIENT_ID and WORKOS_API_KEY to those of one environment, from API Keys in its dashboard"
        }
        _ => "",
    };
    failed_check(CREDENTIALS, format!("{}{fix}", Failure::from(error).message))
}

fn keys(published: Result<usize, Error>) -> Check {
    const NAME: &str = "workos.keys";
    let fix = "nobody can be signed in: check WORKOS_CLIENT_ID";
    match published {
        Ok(0) => {
            failed_check(NAME, format!("WorkOS publishes no key that signs with RS256, so {fix}"))
        }
        Ok(count) => passed_check(NAME, format!("WorkOS publishes {count} that sign tokens")),
        Err(error) => {
            failed_check(NAME, format!("{} Without keys, {fix}", Failure::from(error).message))
        }
    }
}

/// Checks that sign-ins come back. WorkOS compares the address with its entries letter by letter.
fn redirect(listed: Result<Vec<String>, Error>, callback: &Url) -> Check {
    const NAME: &str = "workos.redirect";
    match listed {
        Ok(all) if all.iter().any(|one| one == callback.as_str()) => {
            passed_check(NAME, format!("sign-ins return to {callback}"))
        }
        Ok(all) if all.iter().any(|one| one.contains('*')) => warned_check(
            NAME,
            format!(
                "only an entry with `*` may cover {callback}: add this URL to Redirects in the dashboard"
            ),
        ),
        Ok(_) => failed_check(
            NAME,
            format!(
                "WorkOS does not know {callback}, and signs nobody in: add it to Redirects in the dashboard"
            ),
        ),
        Err(error) if error.is_not_found() => warned_check(
            NAME,
            format!(
                "this environment does not list its redirect URIs: make sure that {callback} is one of them"
            ),
        ),
        Err(error) => failed_check(NAME, Failure::from(error).message),
    }
}

#[cfg(test)]
mod tests {
    use crate::check_outcome::Status;

    use super::*;

    fn status_of(listed: &[&str]) -> Status {
        let listed = listed.iter().map(|one| (*one).to_owned()).collect();
        redirect(Ok(listed), &"https://co-vibe.example/callback".parse().unwrap()).status
    }

    #[test]
    fn only_the_exact_redirect_address_passes() {
        assert_eq!(
            status_of(&["https://a.example/", "https://co-vibe.example/callback"]),
            Status::Pass
        );
        assert_eq!(status_of(&["https://*.example/callback"]), Status::Warn);
        for other in ["https://co-vibe.example/callback/", "http://co-vibe.example/callback"] {
            assert_eq!(status_of(&[other]), Status::Fail, "{other}");
        }
        assert_eq!(status_of(&[]), Status::Fail);
    }

    #[test]
    fn a_workos_client_without_published_keys_fails() {
        assert_eq!(keys(Ok(0)).status, Status::Fail);
        assert_eq!(keys(Ok(2)).status, Status::Pass);
    }

    #[tokio::test]
    async fn local_authentication_passes_without_workos_and_blocked_fails_with_the_variables() {
        let local = checks(&Auth::Local).await;
        assert_eq!((local.len(), local[0].status), (1, Status::Pass));
        let blocked = checks(&Auth::Blocked(vec!["WORKOS_API_KEY"])).await;
        assert_eq!((blocked.len(), blocked[0].status), (1, Status::Fail));
        assert!(blocked[0].says.ends_with("WORKOS_API_KEY"), "{}", blocked[0].says);
    }
}
