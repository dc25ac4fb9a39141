//! A run of a gate.

use std::time::{Duration, Instant};

use futures_util::{StreamExt as _, stream};
use jiff::Timestamp;

use crate::catalog::{self, Gate};
use crate::check::{Check, Finding, Stage, Status, Verdict};
use crate::check_inputs::{Probe, Settings};
use crate::leaks::redact;

/// The checks that run at the same time.
const AT_ONCE: usize = 8;

/// The checks of a gate that a run is asked for.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// The ids or groups of those that are run; all of them if there are none.
    pub only: Vec<String>,
    /// The ids or groups of those that are not run.
    pub skip: Vec<String>,
}

/// The outcome of a check.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The check.
    pub check: &'static Check<Probe>,
    /// The outcome.
    pub status: Status,
    /// True if it was not run although it belongs to the gate.
    pub is_unseen: bool,
    /// The time that it took.
    pub duration: Duration,
    /// The line about what passed, or the finding's texts, without secrets.
    pub note: String,
    /// The finding, unless it passed. Its texts have no secrets.
    pub finding: Option<Finding>,
}

/// The outcome of a gate.
#[derive(Clone, Debug)]
pub struct Report {
    /// The gate.
    pub gate: Gate,
    /// The origin.
    pub origin: String,
    /// True if the server is one of this machine.
    pub is_rehearsal: bool,
    /// The beginning, in UTC.
    pub started_at: Timestamp,
    /// The time that it took.
    pub duration: Duration,
    /// The version that the server reported, if it did.
    pub server_version: Option<String>,
    /// The outcomes of the checks, in their order.
    pub checked: Vec<Checked>,
}

/// The numbers of outcomes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Passed.
    pub pass: usize,
    /// Failed.
    pub fail: usize,
    /// Passed with a warning.
    pub warn: usize,
    /// Not run.
    pub skip: usize,
    /// Inconclusive.
    pub error: usize,
    /// Not run although they belong to the gate.
    pub unseen: usize,
}

impl Selection {
    /// Returns the words that are neither an id nor a group of a gate.
    pub fn unknown(&self, gate: Gate) -> Vec<&str> {
        let checks = catalog::checks(gate);
        let is_known = |word: &str| checks.iter().any(|check| matches_word(check, word));
        let words = self.only.iter().chain(&self.skip).map(String::as_str);
        words.filter(|word| !is_known(word)).collect()
    }

    fn wants(&self, check: &Check<Probe>) -> bool {
        let has = |words: &[String]| words.iter().any(|word| matches_word(check, word));
        (self.only.is_empty() || has(&self.only)) && !has(&self.skip)
    }
}

/// Returns whether a word is the id of a check, or the name of its group.
fn matches_word(check: &Check<Probe>, word: &str) -> bool {
    check.id == word || check.group.as_str() == word
}

impl Report {
    /// Returns the numbers of outcomes.
    pub fn summary(&self) -> Summary {
        let mut summary = Summary::default();
        for checked in &self.checked {
            let number = match checked.status {
                Status::Pass => &mut summary.pass,
                Status::Fail => &mut summary.fail,
                Status::Warn => &mut summary.warn,
                Status::Skip => &mut summary.skip,
                Status::Error => &mut summary.error,
            };
            *number += 1;
            summary.unseen += usize::from(checked.is_unseen);
        }
        summary
    }

    /// Returns the exit code: 0 passed, 1 failed, 3 inconclusive, 4 warnings if they count.
    pub fn exit_code(&self, is_strict: bool) -> u8 {
        match self.summary() {
            Summary { fail: 1.., .. } => 1,
            Summary { error: 1.., .. } | Summary { unseen: 1.., .. } => 3,
            Summary { warn: 1.., .. } if is_strict => 4,
            _ => 0,
        }
    }
}

/// Runs a gate.
pub async fn run(gate: Gate, settings: Settings, selection: &Selection) -> Report {
    let (started_at, begun) = (Timestamp::now(), Instant::now());
    let is_rehearsal = settings.target.is_rehearsal();
    let origin = settings.target.origin().to_owned();
    let probe = Probe::new(settings);
    let mut checked: Vec<Checked> = Vec::new();
    let mut stopped: Option<String> = None;
    for stage in [Stage::Reach, Stage::First, Stage::Rest, Stage::Last] {
        let checks = catalog::checks(gate).into_iter().filter(|check| check.stage == stage);
        let done = run_stage(&probe, stage, checks.collect(), selection, stopped.clone()).await;
        stopped = stopped.or_else(|| reason_to_stop(stage, &done));
        checked.extend(done);
    }
    let server_version = probe.served_version().map(|version| redact(&version));
    let duration = begun.elapsed();
    Report { gate, origin, is_rehearsal, started_at, duration, server_version, checked }
}

async fn run_stage(
    probe: &Probe,
    stage: Stage,
    checks: Vec<&'static Check<Probe>>,
    selection: &Selection,
    mut stopped: Option<String>,
) -> Vec<Checked> {
    if stage != Stage::Reach || stopped.is_some() {
        let stopped = stopped.as_deref();
        let runs = checks.into_iter().map(|check| run_check(probe, check, selection, stopped));
        return stream::iter(runs).buffered(AT_ONCE).collect().await;
    }
    // Nothing connects to an address before it was found to be public.
    let mut done = Vec::new();
    for check in checks {
        let checked = run_check(probe, check, selection, stopped.as_deref()).await;
        stopped = stopped.or_else(|| reason_to_stop(stage, std::slice::from_ref(&checked)));
        done.push(checked);
    }
    done
}

async fn run_check(
    probe: &Probe,
    check: &'static Check<Probe>,
    selection: &Selection,
    stopped: Option<&str>,
) -> Checked {
    let begun = Instant::now();
    let unseen = match stopped {
        _ if !selection.wants(check) => Some("it was not asked for"),
        stopped => stopped,
    };
    let verdict = match unseen {
        Some(reason) => Err(Finding::skip(check.id, format!("not checked: {reason}"))),
        None => (check.run)(probe).await,
    };
    checked_with(check, verdict, begun.elapsed(), unseen.is_some())
}

fn checked_with(
    check: &'static Check<Probe>,
    verdict: Verdict,
    duration: Duration,
    is_unseen: bool,
) -> Checked {
    let (status, note, finding) = match verdict {
        Ok(note) => (Status::Pass, redact(&note), None),
        Err(finding) => {
            let finding = Finding {
                endpoint: redact(&finding.endpoint),
                expected: redact(&finding.expected),
                got: redact(&finding.got),
                fix: Some(finding.fix.unwrap_or_else(|| check.fix.to_owned())),
                ..finding
            };
            (finding.status, finding.got.clone(), Some(finding))
        }
    };
    Checked { check, status, is_unseen, duration, note, finding }
}

/// Returns why later stages are not run: the server is not reached, or answers nothing in time.
fn reason_to_stop(stage: Stage, checked: &[Checked]) -> Option<String> {
    let is_bad = |each: &&Checked| matches!(each.status, Status::Fail | Status::Error);
    match stage {
        Stage::Reach => checked.iter().find(is_bad).map(|each| format!("{} failed", each.check.id)),
        Stage::First => {
            let all_stall = checked.iter().all(|each| each.status == Status::Error);
            (all_stall && !checked.is_empty())
                .then(|| "the server did not answer in time".to_owned())
        }
        Stage::Rest | Stage::Last => None,
    }
}
