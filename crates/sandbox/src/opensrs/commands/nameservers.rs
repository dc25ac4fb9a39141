//! Changing a domain's nameservers.

use std::collections::BTreeSet;

use serde_json::Value;

use super::domain::missing;
use crate::opensrs::envelope::{Answer, Command, Outcome};
use crate::opensrs::model::State;
use crate::opensrs::rules::{are_known, ending_of};

pub(super) fn update(state: &mut State, command: &Command) -> Outcome {
    let name = command.required("domain")?.to_ascii_lowercase();
    let ending = ending_of(&state.settings, &name).ok_or_else(missing)?;
    let settings = state.settings.clone();
    let domain = state.ours(&name).ok_or_else(missing)?;
    let hosts = hosts(command, &domain.nameservers)?;
    let different: BTreeSet<String> = hosts.iter().map(|host| host.to_ascii_lowercase()).collect();
    if different.len() < hosts.len() {
        return Err(Answer::code(485, "Nameserver already mapped"));
    }
    if hosts.len() < 2 {
        return Err(Answer::code(465, "At least two nameservers are required"));
    }
    if domain.is_locked && ending.has_lock {
        return Err(Answer::code(405, "Object status prohibits operation"));
    }
    if !are_known(&settings, &hosts) {
        return Err(Answer::code(480, "Nameserver does not exist at the registry"));
    }
    if domain.nameservers == hosts {
        return Ok(Answer::code(200, "No changes necessary"));
    }
    domain.nameservers = hosts;
    Ok(Answer::code(200, "Update of nameservers successful"))
}

/// Returns the nameservers after the change. Its two forms exclude each other.
fn hosts(command: &Command, present: &[String]) -> Result<Vec<String>, Answer> {
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
        _ => Err(Answer::code(465, "Invalid operation")),
    }
}
