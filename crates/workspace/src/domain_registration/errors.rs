//! Failures of buying a domain.

use std::time::Duration;

use covibe_domain::{DomainName, Failure, Money};

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
pub(super) fn spent_today(
    (name, price): (&DomainName, Money),
    limit: Money,
    spent: Money,
) -> Failure {
    Failure::rejected(format!(
        "{name} costs {price} {}. The workspaces of this company have spent {spent} of the {limit} that they may \
         spend on domains in 24 hours. Nothing was bought.",
        limit.currency
    ))
    .hint("Repeat the call later, or ask the operator of this server for a higher limit.")
}

/// The orders of a day of all tenants together would exceed the operator's limit. The failure does not say what others
/// have spent.
pub(super) fn all_spent_today((name, price): (&DomainName, Money)) -> Failure {
    Failure::rejected(format!(
        "{name} costs {price} {}. With it, the companies on this server together would exceed the amount that they \
         may spend on domains in 24 hours. Nothing was bought.",
        price.currency
    ))
    .hint(
        "Repeat the call later, or ask the operator of this server to raise COVIBE_DOMAIN_DAILY_LIMIT_ALL.",
    )
}

/// There is a claim by a trade mark on the name.
pub(super) fn claimed_name(name: &DomainName) -> Failure {
    Failure::rejected(format!("{name} is claimed as a trademark. Nothing was bought.")).hint(
        "Choose another domain: the buyer of this one has to acknowledge the claim in person.",
    )
}

/// The price is above the limit, and the caller may agree to it.
pub(super) fn too_expensive(name: &DomainName, quote: &Quote, price: Money) -> Failure {
    let agreed = serde_json::json!({ "amount": price.minor, "currency": price.currency });
    Failure::rejected(format!("{}. Nothing was bought.", price_sentence(name, quote, price)))
        .hint(format!("Repeat the call with `maxPrice: {agreed}` to buy it at that price."))
        .detail("price", agreed)
        .detail("period", quote.years)
}

/// The price is above the operator's limit on prices that callers may agree to.
pub(super) fn above_agreed_limit(
    name: &DomainName,
    quote: &Quote,
    price: Money,
    limit: Money,
) -> Failure {
    let costs = price_sentence(name, quote, price);
    Failure::rejected(format!(
        "{costs}. The operator of this server permits at most {limit} {}. Nothing was bought.",
        limit.currency
    ))
    .hint(
        "Choose another domain, or ask the operator of this server to raise \
         COVIBE_DOMAIN_AGREED_PRICE_LIMIT.",
    )
    .detail("price", serde_json::json!({ "amount": price.minor, "currency": price.currency }))
    .detail("period", quote.years)
}

/// Returns what a domain costs, without a full stop.
fn price_sentence(name: &DomainName, quote: &Quote, price: Money) -> String {
    let years = match quote.years {
        1 => "1 year".to_owned(),
        years => format!("{years} years"),
    };
    let kind = if quote.is_premium { " at a premium price" } else { "" };
    format!("{name} costs {price} {}{kind} for {years}", price.currency)
}
