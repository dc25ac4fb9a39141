//! Failures of buying a domain.

use std::time::Duration;

use covibe_domain::{DomainName, Failure, Money};
use covibe_store::NewRegistration;

use crate::registrar::Quote;

/// The time to wait before a retry for an order without an outcome.
const LOOK_AGAIN: Duration = Duration::from_mins(1);

/// The time to wait before a retry while another call works on the domain.
const SOON: Duration = Duration::from_secs(5);

/// The domain is somebody else's. The failure does not say whether it is another workspace's or a
/// stranger's.
pub(super) fn taken_domain(name: &DomainName) -> Failure {
    Failure::conflict(format!("{name} is already registered.")).hint("Choose another domain.")
}

/// Another call of the workspace works on the domain.
pub(super) fn in_progress(name: &DomainName) -> Failure {
    Failure::unready(format!("Another call is registering {name}."))
        .hint("Repeat the call in a few seconds: it returns the outcome of the first one.")
        .retry_after(SOON)
}

/// The registrar has not reported the outcome of the order.
pub(super) fn in_doubt(name: &DomainName) -> Failure {
    Failure::unready(format!(
        "The registrar has not yet reported the outcome of the order for {name}."
    ))
    .hint("Repeat the call in a minute: it looks for the order, and never buys twice.")
    .retry_after(LOOK_AGAIN)
    .in_doubt()
}

/// The registrar holds the order back, usually because the operator's balance is too low.
pub(super) fn held_order(name: &DomainName) -> Failure {
    let message = format!(
        "The registrar is holding back the order for {name}, so the domain is not registered."
    );
    Failure::unready(message)
        .permanent()
        .hint("Tell the operator of this server to release the order, then repeat the call.")
}

/// The orders of a day of the tenant's workspaces together would exceed the operator's limit.
pub(super) fn spent_today(wanted: &NewRegistration, limit: Money, spent: Money) -> Failure {
    let NewRegistration { name, price, .. } = wanted;
    Failure::rejected(format!(
        "{name} costs {price} {}. The workspaces of this company have spent {spent} of the {limit} that they may \
         spend on domains in 24 hours. Nothing was bought.",
        limit.currency
    ))
    .hint("Repeat the call later, or ask the operator of this server for a higher limit.")
}

/// There is a claim by a trade mark on the name.
pub(super) fn claimed_name(name: &DomainName) -> Failure {
    Failure::rejected(format!("{name} is claimed as a trademark. Nothing was bought.")).hint(
        "Choose another domain: the buyer of this one has to acknowledge the claim in person.",
    )
}

/// The price is above the limit.
pub(super) fn too_expensive(name: &DomainName, quote: &Quote, price: Money) -> Failure {
    let currency = price.currency;
    let years = match quote.years {
        1 => "1 year".to_owned(),
        years => format!("{years} years"),
    };
    let kind = if quote.is_premium { " at a premium price" } else { "" };
    let message = format!("{name} costs {price} {currency}{kind} for {years}. Nothing was bought.");
    let agreed = serde_json::json!({ "amount": price.minor, "currency": currency });
    Failure::rejected(message)
        .hint(format!("Repeat the call with `maxPrice: {agreed}` to buy it at that price."))
        .detail("price", agreed)
        .detail("period", quote.years)
}
