//! The check of the registrar: its address, the account and what is left of its balance.

use covibe_domain::{Failure, Money};
use covibe_registrar::System;

use super::connection;
use super::report::{Check, failed, passed, warned};
use crate::compose;
use crate::config::Registrar;

/// The name of the check.
const NAME: &str = "registrar.account";

/// The balance below which a purchase may soon fail.
const LITTLE: Money = Money::usd(10_000);

/// Runs the check, if there is a registrar.
pub(super) async fn checks(from: Option<&Registrar>) -> Vec<Check> {
    match from {
        Some(from) => vec![account(from).await],
        None => Vec::new(),
    }
}

async fn account(from: &Registrar) -> Check {
    let (client, url) = match (compose::registrar_client(from), from.address()) {
        (Ok(client), Ok(url)) => (client, url),
        (Err(error), _) | (_, Err(error)) => return failed(NAME, format!("{error:#}")),
    };
    if let Some(problem) = connection::problem(NAME, &url).await {
        return problem;
    }
    let system = match from.system {
        System::Live => "the live system, where domains cost money",
        System::Horizon => "the system for tests",
    };
    match client.balance().await {
        Ok(balance) => {
            let left = balance.left();
            let says = format!("{system}; {left} {} are left", left.currency);
            if LITTLE.covers(left) {
                return warned(NAME, format!("{says}: orders are held when that does not suffice"));
            }
            passed(NAME, says)
        }
        Err(error) => {
            let failure = Failure::from(error);
            let fix = "check OPENSRS_USERNAME, OPENSRS_API_KEY and OPENSRS_ENVIRONMENT, and whether this \
                       server's address is on the account's list";
            failed(NAME, format!("{} {fix}", failure.message))
        }
    }
}
