//! Commands that read and change a domain.

use covibe_domain::Timestamp;
use serde_json::{Value, json};

use crate::opensrs::envelope::{Command, CommandAnswer, CommandOutcome};
use crate::opensrs::model::{Domain, OpenSrsState};
use crate::opensrs::tlds_prices_and_names::ending_of;

const YEAR_MILLIS: i64 = 365 * 24 * 3_600 * 1_000;

pub(super) fn unknown_domain() -> CommandAnswer {
    CommandAnswer::code(480, "Domain does not exist")
}

/// Writes a date as OpenSRS does: `2027-11-22 17:03:04`.
fn date(moment: Timestamp) -> String {
    moment.to_string().get(..19).unwrap_or_default().replace('T', " ")
}

fn expiry(domain: &Domain) -> String {
    let term = i64::from(domain.years) * YEAR_MILLIS;
    date(Timestamp::from_millis(domain.created.as_millis() + term))
}

pub(super) fn get(state: &mut OpenSrsState, command: &Command) -> CommandOutcome {
    let name = command.required("domain")?.to_ascii_lowercase();
    let part = command.required("type")?;
    let can_modify = !state.settings.held_locks.contains(&name);
    let has_lock = ending_of(&state.settings, &name).is_some_and(|ending| ending.has_lock);
    let domain = state.reseller_domain(&name).ok_or_else(unknown_domain)?;
    let attributes = match part {
        "all_info" => json!({
            "contact_set": { "owner": { "first_name": "Not", "last_name": "Shown" } },
            "nameserver_list": hosts(&domain.nameservers),
            "expiredate": expiry(domain),
            "registry_createdate": date(domain.created),
            "registry_updatedate": date(domain.created),
            "registry_expiredate": expiry(domain),
            "auto_renew": domain.auto_renew,
            "let_expire": domain.let_expire,
        }),
        "status" => {
            let mut status =
                json!({ "can_modify": can_modify, "transfer_away_in_progress": false });
            if has_lock {
                status["lock_state"] = json!(domain.is_locked);
            }
            status
        }
        "nameservers" => json!({ "nameserver_list": hosts(&domain.nameservers) }),
        "expire_action" => {
            json!({ "auto_renew": domain.auto_renew, "let_expire": domain.let_expire })
        }
        "whois_privacy_state" => {
            json!({ "state": if domain.has_privacy { "enabled" } else { "disabled" } })
        }
        "domain_auth_info" => json!({ "domain_auth_info": domain.auth_code }),
        _ => return Err(CommandAnswer::code(465, "Invalid type")),
    };
    Ok(CommandAnswer::ok(attributes))
}

fn hosts(names: &[String]) -> Vec<Value> {
    let one = |(at, name): (usize, &String)| json!({ "name": name.to_ascii_uppercase(), "sortorder": (at + 1).to_string() });
    names.iter().enumerate().map(one).collect()
}

pub(super) fn belongs(state: &mut OpenSrsState, command: &Command) -> CommandOutcome {
    let name = command.required("domain")?.to_ascii_lowercase();
    Ok(CommandAnswer::ok(match state.reseller_domain(&name) {
        Some(domain) => json!({ "belongs_to_rsp": "1", "domain_expdate": expiry(domain) }),
        None => json!({ "belongs_to_rsp": "0" }),
    }))
}

pub(super) fn modify(state: &mut OpenSrsState, command: &Command) -> CommandOutcome {
    let name = command.required("domain")?.to_ascii_lowercase();
    // The real one has a default, which changes all domains of the registrant's account.
    command.required("affect_domains")?;
    let is_held = state.settings.held_locks.contains(&name);
    let ending = ending_of(&state.settings, &name).ok_or_else(unknown_domain)?;
    let domain = state.reseller_domain(&name).ok_or_else(unknown_domain)?;
    match command.required("data")? {
        "status" if is_held => return Err(CommandAnswer::code(435, "Permission denied")),
        "status" => {
            let lock = command.required("lock_state")? == "1";
            // For an ending without locks, it reports success and does nothing.
            domain.is_locked = if ending.has_lock { lock } else { domain.is_locked };
        }
        "whois_privacy_state" if !ending.has_privacy => {
            return Err(CommandAnswer::code(465, "WHOIS privacy is not available"));
        }
        "whois_privacy_state" => domain.has_privacy = command.required("state")? == "enable",
        "expire_action" => {
            domain.auto_renew = command.required("auto_renew")? == "1";
            domain.let_expire = command.required("let_expire")? == "1";
        }
        _ => return Err(CommandAnswer::code(465, "Invalid data")),
    }
    Ok(CommandAnswer::ok(json!({ "details": {} })))
}

pub(super) fn revoke(state: &mut OpenSrsState, command: &Command) -> CommandOutcome {
    let name = command.required("domain")?.to_ascii_lowercase();
    if command.required("reseller")? != state.username {
        return Err(CommandAnswer::code(465, "Invalid reseller"));
    }
    state.reseller_domain(&name).ok_or_else(unknown_domain)?;
    state.domains.remove(&name);
    let paid = state.orders.iter_mut().rev().find(|order| order.domain == name && order.is_paid);
    if let Some(order) = paid {
        order.is_paid = false;
        state.balance += order.cost;
    }
    Ok(CommandAnswer::code(200, "Domain revoked"))
}
