//! Changing a domain's nameservers.

use std::collections::BTreeSet;

use serde_json::Value;

use super::domain::unknown_domain;
use crate::opensrs::envelope::{Command, CommandAnswer, CommandOutcome};
use crate::opensrs::model::OpenSrsState;
use crate::opensrs::tlds_prices_and_names::{are_known, ending_of};

pub(super) fn update(state: &mut OpenSrsState, command: &Command) -> CommandOutcome {
    let name = command.required("domain")?.to_ascii_lowercase();
    let ending = ending_of(&state.settings, &name).ok_or_else(unknown_domain)?;
    let settings = state.settings.clone();
    let domain = state.reseller_domain(&name).ok_or_else(unknown_domain)?;
    let hosts = hosts(command, &domain.nameservers)?;
    let different: BTreeSet<String> = hosts.iter().map(|host| host.to_ascii_lowercase()).collect();
    if different.len() < hosts.len() {
        return Err(CommandAnswer::code(485, "Nameserver already mapped"));
    }
    if hosts.len() < 2 {
        return Err(CommandAnswer::code(465, "At least two nameservers are required"));
    }
    if domain.is_locked && ending.has_lock {
        return Err(CommandAnswer::code(405, "Object status prohibits operation"));
    }
    if !are_known(&settings, &hosts) {
        return Err(CommandAnswer::code(480, "Nameserver does not exist at the registry"));
    }
    if domain.nameservers == hosts {
        return Ok(CommandAnswer::code(200, "No changes necessary"));
    }
    domain.nameservers = hosts;
    Ok(CommandAnswer::code(200, "Update of nameservers successful"))
}

/// Returns the nameservers after the change. Its two forms exclude each other.
fn hosts(command: &Command, present: &[String]) -> Result<Vec<String>, CommandAnswer> {
    let list = |name: &str| -> Option<Vec<String>> {
        let items = command.attributes.get(name)?.as_array()?;
        Some(items.iter().filter_map(Value::as_str).map(str::to_owned).collect())
    };
    let (assigned, added, removed) = (list("assign_ns"), list("add_ns"), list("remove_ns"));
    match (command.required("op_type")?, assigned) {
        ("assign", Some(hosts)) if added.is_none() && removed.is_none() => Ok(hosts),
        ("add_remove", None) if added.is_some() || removed.is_some() => {
            let removed = removed.unwrap_or_default();
            let kept = present.iter().filter(|host| !removed.contains(host)).cloned();
            Ok(kept.chain(added.unwrap_or_default()).collect())
        }
        _ => Err(CommandAnswer::code(465, "Invalid operation")),
    }
}
