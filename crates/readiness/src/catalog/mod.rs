//! Every check as a value, and the gates that it belongs to.

mod canary_key_and_production;
mod closed_endpoints;
mod dns_and_tls;
mod health_tools_and_sign_in;
mod package_and_headers;
mod readiness_gates;

use crate::check::Check;
use crate::check_inputs::Probe;

pub use readiness_gates::Gate;

type Entry = (&'static [Gate], Check<Probe>);

const LISTS: [&[Entry]; 5] = [
    dns_and_tls::CHECKS,
    health_tools_and_sign_in::CHECKS,
    closed_endpoints::CHECKS,
    package_and_headers::CHECKS,
    canary_key_and_production::CHECKS,
];

/// Returns every check with its gates, by the parts of a server.
pub(crate) fn all() -> impl Iterator<Item = &'static Entry> {
    LISTS.iter().copied().flatten()
}

/// Returns the checks of a gate, in the order of their stages.
pub fn checks(gate: Gate) -> Vec<&'static Check<Probe>> {
    let mut checks: Vec<_> =
        all().filter(|(gates, _)| gates.contains(&gate)).map(|(_, check)| check).collect();
    checks.sort_by_key(|check| check.stage);
    checks
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::check::Stage;

    #[test]
    fn each_check_has_a_unique_id_and_complete_texts() {
        let mut ids = BTreeSet::new();
        for (gates, check) in LISTS.iter().copied().flatten() {
            assert!(ids.insert(check.id), "{} is there twice", check.id);
            assert!(!gates.is_empty(), "{} is in no gate", check.id);
            assert!(check.fix.ends_with(['.', '2']), "{}: {}", check.id, check.fix);
            assert!(check.explain.ends_with('.'), "{}: {}", check.id, check.explain);
            assert!(!check.title.ends_with('.'), "{}: {}", check.id, check.title);
        }
        assert!(ids.len() > 60);
    }

    #[test]
    fn the_canary_has_every_check_of_the_preflight() {
        let ids = |gate| checks(gate).into_iter().map(|check| check.id).collect::<BTreeSet<_>>();
        assert!(ids(Gate::Preflight).is_subset(&ids(Gate::Canary)));
        assert!(ids(Gate::Production).contains("production.install"));
    }

    #[test]
    fn every_gate_begins_with_dns_and_ends_with_leak_checks() {
        for gate in Gate::ALL {
            let checks = checks(gate);
            assert_eq!(checks[0].id, "reach.dns");
            assert_eq!(checks.last().unwrap().stage, Stage::Last);
        }
    }
}
