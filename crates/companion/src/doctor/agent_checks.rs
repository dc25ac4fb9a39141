//! The agents and their files.

use covibe_domain::Secret;

use super::check_report::{Check, Doctor};
use crate::agent_kinds::Agent;
use crate::agents::{Level, detect, inspect, literal_secrets};
use crate::credentials::Credentials;
use crate::git::locate;

/// Returns the agents that are connected to the server: those that have our entry.
pub(super) fn connected(doctor: &Doctor) -> Vec<Agent> {
    let is_connected = |agent: &Agent| {
        let report = inspect(*agent, &doctor.places, &doctor.home, &doctor.origin);
        let entry = format!("{agent}.entry");
        report.findings.iter().any(|finding| finding.id == entry && finding.level == Level::Ok)
    };
    detect(&doctor.places).into_iter().filter(is_connected).collect()
}

/// Returns the checks of these agents' files, and of the repository's.
pub(super) fn checks(doctor: &Doctor, agents: &[Agent]) -> Vec<Check> {
    let mut checks: Vec<Check> = Vec::new();
    if agents.is_empty() {
        let fix = format!("covibe-local setup --base-url {}", doctor.origin);
        checks.push(Check::warn("agents", "No agent is connected to this server.").fix(fix));
    }
    for agent in agents {
        let report = inspect(*agent, &doctor.places, &doctor.home, &doctor.origin);
        checks.extend(report.findings.into_iter().map(Check::from));
    }
    if let Some(place) = doctor.folder.as_deref().and_then(locate) {
        let found = literal_secrets(&place.worktree, &keys(doctor));
        if found.is_empty() {
            checks.push(Check::pass("secret", "No file of this repository contains a key."));
        }
        checks.extend(found.into_iter().map(Check::from));
    }
    checks
}

fn keys(doctor: &Doctor) -> Vec<Secret> {
    let stored = Credentials::load(&doctor.home).unwrap_or_default();
    let stored = stored.keys(&doctor.origin).into_iter().map(|(_, key)| key.token);
    stored.chain(doctor.token.clone()).collect()
}
