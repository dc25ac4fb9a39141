//! The check of the registrar: its address, the account and what is left of its balance.

use covibe_config::Registrar;
use covibe_domain::{Failure, Money};
use covibe_installation::upstream_clients;
use covibe_registrar::System;

use crate::check_outcome::{Check, failed_check, passed_check, warned_check};
use crate::upstream_connection;

/// The name of the check.
const NAME: &str = "registrar.account";

/// The balance below which a purchase may soon fail.
const LITTLE: Money = Money::usd(10_000);

/// Runs the check, if there is a registrar.
pub(crate) async fn checks(from: Option<&Registrar>) -> Vec<Check> {
    match from {
        Some(from) => vec![account(from).await],
        None => Vec::new(),
    }
}

async fn account(from: &Registrar) -> Check {
    let (client, url) = match (upstream_clients::registrar_client(from), from.address()) {
        (Ok(client), Ok(url)) => (client, url),
        (Err(error), _) | (_, Err(error)) => return failed_check(NAME, format!("{error:#}")),
    };
    if let Some(problem) = upstream_connection::problem(NAME, &url).await {
        return problem;
    }
    let system = match from.system {
        System::Live => "the live system, where domains cost money",
        System::Horizon => "the test system",
    };
    match client.balance().await {
        Ok(balance) => {
            let left = balance.available();
            let says = format!("{system}; {left} {} are left", left.currency);
            if LITTLE.covers(left) {
                return warned_check(
                    NAME,
                    format!("{says}: the registrar holds back orders that cost more"),
                );
            }
            passed_check(NAME, says)
        }
        Err(error) => {
            let failure = Failure::from(error);
            let fix = "check OPENSRS_USERNAME, OPENSRS_API_KEY and OPENSRS_ENVIRONMENT, and whether this \
                       server's address is on the account's list";
            failed_check(NAME, format!("{} {fix}", failure.message))
        }
    }
}
