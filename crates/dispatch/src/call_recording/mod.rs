//! Recording a call in the audit, before and after it runs.

mod call_counts;
mod call_log;
mod call_result;

pub(crate) use call_result::CallResult;
use covibe_domain::Failure;
use covibe_workspace::{Auditor, Draft};

use crate::call_errors::unaudited_change;

pub use self::call_counts::{CallCounts, Outcome, RefusalCounts, ToolCounts, UNKNOWN};
pub(crate) use self::call_log::FollowedCall;

/// Runs a change that is in the audit before it starts, and again before its answer leaves: with what `about` adds
/// of the answer.
pub(crate) async fn change<T>(
    auditor: &Auditor,
    draft: Draft,
    run: impl Future<Output = Result<T, Failure>>,
    about: impl FnOnce(Draft, &T) -> Draft,
) -> Result<T, Failure> {
    auditor.begin(&draft).await?;
    let answer = run.await;
    let draft = match &answer {
        Ok(answer) => about(draft, answer),
        Err(_) => draft,
    };
    let written = auditor.record(draft.outcome(Outcome::from_answer(&answer).as_str())).await;
    match (answer, written) {
        (Ok(_), Err(_)) => Err(unaudited_change()),
        (answer, _) => answer,
    }
}

/// Runs a change that concerns several companies, and is in the audit of each before it starts and before its answer
/// leaves.
pub(crate) async fn change_in_all<T>(
    auditor: &Auditor,
    drafts: Vec<Draft>,
    run: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    auditor.begin_all(&drafts).await?;
    let answer = run.await;
    let outcome = Outcome::from_answer(&answer).as_str();
    let mut written = Ok(());
    for draft in drafts {
        written = auditor.record(draft.outcome(outcome)).await.and(written);
    }
    match (answer, written) {
        (Ok(_), Err(_)) => Err(unaudited_change()),
        (answer, _) => answer,
    }
}

/// Runs a call that discloses a credential, which is in the audit before the answer leaves. It leaves an
/// entry even if its client goes away.
pub(crate) async fn disclosure(
    auditor: &Auditor,
    draft: Draft,
    run: impl Future<Output = CallResult>,
) -> CallResult {
    let answer = unless_abandoned(auditor, &draft, run).await;
    auditor.record(draft.outcome(Outcome::from_answer(&answer).as_str())).await?;
    answer
}

/// Runs a call that only reads. It leaves an entry even if its client goes away.
pub(crate) async fn read(
    auditor: &Auditor,
    draft: Draft,
    run: impl Future<Output = CallResult>,
) -> CallResult {
    let answer = unless_abandoned(auditor, &draft, run).await;
    auditor.note(draft.outcome(Outcome::from_answer(&answer).as_str())).await;
    answer
}

/// Runs a read that a caller keeps repeating. Its first entry stands for what is seen later, so that only a refusal,
/// which ends it, leaves another one. A failure after which it goes on has shown nothing.
pub(crate) async fn watch(
    auditor: &Auditor,
    draft: Draft,
    run: impl Future<Output = CallResult>,
) -> CallResult {
    let answer = run.await;
    if answer.as_ref().is_err_and(|failure| !failure.is_retryable()) {
        auditor.note(draft.outcome(Outcome::from_answer(&answer).as_str())).await;
    }
    answer
}

/// Waits for a part of a call and returns its result. The call leaves an entry even if its client goes away
/// meanwhile.
pub(crate) async fn unless_abandoned<T>(
    auditor: &Auditor,
    draft: &Draft,
    part: impl Future<Output = T>,
) -> T {
    let mut pending = Pending { auditor, draft: Some(draft) };
    let result = part.await;
    pending.draft = None;
    result
}

/// The entry of a part that is in progress.
struct Pending<'a> {
    auditor: &'a Auditor,
    draft: Option<&'a Draft>,
}

impl Drop for Pending<'_> {
    fn drop(&mut self) {
        if let Some(draft) = self.draft.take() {
            self.auditor.note_now(draft.clone().outcome(Outcome::Abandoned.as_str()));
        }
    }
}
