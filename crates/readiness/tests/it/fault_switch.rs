//! A switch of the stand-in, and the check that it makes fail.

use std::collections::BTreeSet;

use covibe_readiness_checks::check::Status;
use covibe_readiness_checks::{Gate, Report, Settings};
use futures_util::{StreamExt as _, stream};

use crate::stand_in_origin::Origin;

/// The origins that are examined at the same time.
const AT_ONCE: usize = 4;

/// Something that is wrong with an origin.
pub(crate) struct Switch {
    name: &'static str,
    origin: Origin,
    settings: Box<dyn FnOnce(&mut Settings)>,
    fails: &'static [&'static str],
    at: &'static str,
}

impl Switch {
    /// Creates a switch, the checks that it makes fail, and a part of the endpoint that the first one names.
    pub(crate) fn new(
        name: &'static str,
        fails: &'static [&'static str],
        at: &'static str,
        flip: impl FnOnce(&mut Origin),
    ) -> Self {
        let mut origin = Origin::sound();
        flip(&mut origin);
        Self { name, origin, settings: Box::new(|_| {}), fails, at }
    }

    /// Also changes the settings.
    pub(crate) fn with(mut self, change: impl FnOnce(&mut Settings) + 'static) -> Self {
        self.settings = Box::new(change);
        self
    }

    async fn mistake(self, gate: Gate) -> Option<String> {
        let Self { name, origin, settings, fails, at } = self;
        let report = origin.examine_with(gate, settings).await;
        let failed = failed_checks(&report);
        let expected: BTreeSet<_> = fails.iter().copied().collect();
        let finding = report.checked.iter().find(|each| Some(&each.check.id) == fails.first());
        let endpoint = finding.and_then(|it| it.finding.as_ref()).map(|it| it.endpoint.clone());
        let names_it = endpoint.as_ref().is_some_and(|endpoint| endpoint.contains(at));
        let is_right = failed == expected && names_it && report.exit_code(false) == 1;
        (!is_right).then(|| {
            let got: Vec<_> = report
                .checked
                .iter()
                .filter(|each| !matches!(each.status, Status::Pass | Status::Skip))
                .map(|each| format!("{}: {}", each.check.id, each.note))
                .collect();
            format!("{name}: expected {expected:?} at {at}, got {endpoint:?} {got:#?}")
        })
    }
}

/// Returns the checks that failed or were inconclusive.
pub(crate) fn failed_checks(report: &Report) -> BTreeSet<&'static str> {
    let is_bad = |status| matches!(status, Status::Fail | Status::Error);
    report.checked.iter().filter(|each| is_bad(each.status)).map(|each| each.check.id).collect()
}

/// Examines each origin, and checks that the right checks fail alone.
pub(crate) async fn examine_each(gate: Gate, switches: Vec<Switch>) {
    let examined = switches.into_iter().map(|switch| switch.mistake(gate));
    let mistakes = stream::iter(examined).buffer_unordered(AT_ONCE);
    let mistakes: Vec<_> = mistakes.filter_map(std::future::ready).collect().await;
    assert!(mistakes.is_empty(), "{}", mistakes.join("\n"));
}
