//! Commands for the availability and the price of a domain.

use serde_json::{Value, json};

use crate::opensrs::envelope::{Command, CommandAnswer, CommandOutcome};
use crate::opensrs::model::OpenSrsState;
use crate::opensrs::tlds_prices_and_names::{dollars, ending_of, premium};

pub(super) fn lookup(state: &OpenSrsState, command: &Command) -> CommandOutcome {
    let name = command.required("domain")?.to_ascii_lowercase();
    ending_of(&state.settings, &name).ok_or_else(unserved)?;
    if state.domains.contains_key(&name) {
        return Ok(availability(211, "taken", Value::Null));
    }
    if state.is_in_process(&name) {
        return Ok(availability(221, "taken", Value::Null));
    }
    if premium(&state.settings, &name).is_none() {
        return Ok(availability(210, "available", Value::Null));
    }
    let (code, status) =
        if state.settings.sells_premium { (210, "available") } else { (211, "taken") };
    Ok(availability(code, status, json!("Premium Name")))
}

fn availability(code: u16, status: &str, reason: Value) -> CommandAnswer {
    let text = if code == 210 { "Domain available" } else { "Domain taken" };
    let mut attributes = json!({ "status": status, "has_claim": "0" });
    if !reason.is_null() {
        attributes["reason"] = reason;
    }
    CommandAnswer { attributes, ..CommandAnswer::code(code, text) }
}

pub(super) fn unserved() -> CommandAnswer {
    CommandAnswer::code(701, "This TLD is not currently serviced")
}

pub(super) fn price(state: &OpenSrsState, command: &Command) -> CommandOutcome {
    let name = command.required("domain")?.to_ascii_lowercase();
    let ending = ending_of(&state.settings, &name).ok_or_else(unserved)?;
    let years: u8 = command.text("period").unwrap_or("1").parse().unwrap_or(0);
    if !(ending.min_years..=10).contains(&years) {
        return Err(CommandAnswer::code(465, "Invalid period"));
    }
    let special = premium(&state.settings, &name);
    let cents = special.unwrap_or(ending.price) * i64::from(years);
    Ok(CommandAnswer::ok(
        json!({ "price": dollars(cents), "is_registry_premium": special.is_some() }),
    ))
}

pub(super) fn suggest(state: &OpenSrsState, command: &Command) -> CommandOutcome {
    if state.settings.is_horizon {
        return Err(CommandAnswer::code(430, "Command not supported"));
    }
    let text = command.required("searchstring")?.to_ascii_lowercase();
    let tlds = command.attributes.get("tlds").and_then(Value::as_array);
    let tlds = tlds.into_iter().flatten().filter_map(Value::as_str);
    let named = |tld: &str| {
        let domain = format!("{}{tld}", text.replace(' ', ""));
        let status = if state.domains.contains_key(&domain) { "taken" } else { "available" };
        json!({ "domain": domain, "status": status })
    };
    let items: Vec<_> = tlds.map(named).collect();
    Ok(CommandAnswer::ok(
        json!({ "suggestion": { "count": items.len().to_string(), "items": items } }),
    ))
}
