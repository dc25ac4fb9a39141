//! The checks of the registrar: its address, the account, what is left of its balance, and the limits on expenses.

use covibe_config::{Config, DomainLimits, Registrar};
use covibe_domain::{Failure, Money};
use covibe_installation::upstream_clients;
use covibe_registrar::System;

use crate::check_outcome::{Check, failed_check, passed_check, warned_check};
use crate::upstream_connection;

/// The name of the check of the account.
const NAME: &str = "registrar.account";

/// The name of the check of the limits on expenses.
const LIMITS: &str = "registrar.limits";

/// The balance below which a purchase may soon fail.
const LITTLE: Money = Money::usd(10_000);

/// Runs the checks, if there is a registrar.
pub(crate) async fn checks(config: &Config) -> Vec<Check> {
    match &config.registrar {
        Some(from) => {
            let limits = unlimited_expenses(from, &config.domain_limits);
            std::iter::once(account(from).await).chain(limits).collect()
        }
        None => Vec::new(),
    }
}

/// Warns if nothing limits the money that is spent on domains in a day.
fn unlimited_expenses(from: &Registrar, limits: &DomainLimits) -> Option<Check> {
    let is_limited = limits.of_tenant.is_some() || limits.of_all.is_some();
    (from.costs_money() && !is_limited).then(|| {
        warned_check(
            LIMITS,
            "domains cost money, and nothing limits the amount that is spent on them in 24 hours: set \
             COVIBE_DOMAIN_DAILY_LIMIT for each company, or COVIBE_DOMAIN_DAILY_LIMIT_ALL for all together",
        )
    })
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
