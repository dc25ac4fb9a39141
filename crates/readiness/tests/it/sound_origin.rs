//! A sound origin, on which every gate passes.

use covibe_readiness_checks::check::Status;
use covibe_readiness_checks::report::verdict;
use covibe_readiness_checks::{Gate, Selection};

use crate::fault_switch::failed_checks;
use crate::stand_in_origin::{Certificate, Links, Origin};

#[tokio::test]
async fn every_gate_passes_on_a_sound_origin() {
    for (gate, last) in [
        (Gate::Preflight, "PASS readiness-handoff-preflight\n"),
        (Gate::Canary, "PASS canary-hosted\n"),
        (Gate::Production, "PASS doctor-production\n"),
    ] {
        let report = Origin::sound().examine(gate).await;
        let bad: Vec<_> = report
            .checked
            .iter()
            .filter(|each| !matches!(each.status, Status::Pass | Status::Skip))
            .map(|each| (each.check.id, &each.note))
            .collect();
        assert!(bad.is_empty(), "{bad:#?}");
        assert_eq!((report.exit_code(true), verdict(&report).as_str()), (0, last));
        assert_eq!(report.summary().unseen, 0);
        if gate == Gate::Preflight {
            assert_eq!(report.summary().skip, 0, "a preflight leaves out nothing");
        }
    }
}

#[tokio::test]
async fn a_connection_is_tried_three_times() {
    let mut origin = Origin::sound();
    (origin.links, origin.addresses) = (Links::FirstFail(2), vec!["93.184.215.14"]);
    assert_eq!(origin.examine(Gate::Preflight).await.exit_code(false), 0);
    let mut origin = Origin::sound();
    (origin.links, origin.addresses) = (Links::FirstFail(3), vec!["93.184.215.14"]);
    let report = origin.examine(Gate::Preflight).await;
    assert_eq!(failed_checks(&report), ["reach.addresses"].into());
    let finding = report.checked[2].finding.as_ref().unwrap();
    assert_eq!(finding.attempts, 3);
    assert!(finding.got.contains("(3 attempts)"), "{}", finding.got);
}

#[tokio::test]
async fn a_certificate_that_expires_within_18_days_is_a_warning() {
    let mut origin = Origin::sound();
    origin.certificate = Certificate::Days(18);
    let report = origin.examine(Gate::Preflight).await;
    assert_eq!((report.summary().warn, report.exit_code(false), report.exit_code(true)), (1, 0, 4));
}

#[tokio::test]
async fn a_run_of_selected_checks_never_passes_the_gate() {
    let selection = Selection { only: vec!["health".to_owned()], skip: Vec::new() };
    assert!(selection.unknown(Gate::Preflight).is_empty());
    let other = Selection { only: vec!["helth".to_owned()], skip: Vec::new() };
    assert_eq!(other.unknown(Gate::Preflight), ["helth"]);
    let report = Origin::sound().examine_part(Gate::Preflight, &selection).await;
    assert!(report.summary().pass >= 5 && report.summary().unseen > 20);
    assert_eq!(report.exit_code(false), 3);
    assert!(verdict(&report).starts_with("FAIL readiness-handoff-preflight: 0 failed"));
}
