//! Starting and stopping the proxies of public databases: jobs of their own, whose failures no answer reports.

use std::time::Instant;

use serde_json::json;

use crate::coolify::arranged_outcomes::Condition;
use crate::coolify::json_values::is_on;
use crate::coolify::model::{
    CoolifyState, DatabaseProxies, DatabaseProxy, Family, Job, ProxyPhase,
};
use crate::core::random;

/// Queues the start of the proxy of a database that is public and has a port.
pub(crate) fn queue_start(state: &mut CoolifyState, uuid: &str, at: Instant) {
    if is_open(state, uuid) {
        state.workers.push(Job::StartProxy(uuid.to_owned()), at);
    }
}

/// Queues the end of a database's proxy.
pub(crate) fn queue_stop(state: &mut CoolifyState, uuid: &str) {
    state.workers.push(Job::StopProxy(uuid.to_owned()), state.now());
}

/// Starts a proxy in the place of the one that is there (`StartDatabaseProxy`).
pub(super) fn end_start(state: &mut CoolifyState, uuid: &str) {
    if state.host.is_lost() {
        return;
    }
    remove(state, uuid);
    let Ok(one) = state.find(Family::Database, uuid) else { return };
    let network = state.network_of(one).to_owned();
    let phase = match state.proxies_become {
        DatabaseProxies::Start => ProxyPhase::Restarting,
        DatabaseProxies::Unpullable => return,
        DatabaseProxies::PortTaken => {
            if let Ok(one) = state.find_mut(Family::Database, uuid) {
                one.set("is_public", json!(false));
            }
            ProxyPhase::Created
        }
    };
    let (id, database) = (random::hex(64), uuid.to_owned());
    state.database_proxies.push(DatabaseProxy { id, database, network, phase });
    settle(state, state.now());
}

/// Ends the proxy of a database that is public (`StopDatabase`, which leaves alone that of another one).
pub(super) fn stop_with_database(state: &mut CoolifyState, uuid: &str) {
    if is_open(state, uuid) {
        remove(state, uuid);
    }
}

/// Removes a proxy (`StopDatabaseProxy`), unless the host can't be reached.
pub(crate) fn remove(state: &mut CoolifyState, uuid: &str) {
    if !state.host.is_lost() {
        state.database_proxies.retain(|proxy| proxy.database != uuid);
    }
}

/// Has the proxies whose databases have come up run.
pub(crate) fn settle(state: &mut CoolifyState, now: Instant) {
    let CoolifyState { database_proxies, resources, .. } = state;
    for proxy in database_proxies.iter_mut().filter(|one| one.phase == ProxyPhase::Restarting) {
        let database = resources.get(&proxy.database);
        if database.and_then(|one| one.condition(now)).is_some_and(Condition::is_up) {
            proxy.phase = ProxyPhase::Running;
        }
    }
}

fn is_open(state: &CoolifyState, uuid: &str) -> bool {
    let is_open = |one: &crate::coolify::model::Resource| {
        is_on(&one.fields, "is_public")
            && one.fields.get("public_port").is_some_and(|it| !it.is_null())
    };
    state.find(Family::Database, uuid).is_ok_and(is_open)
}
