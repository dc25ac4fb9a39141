//! Creating something on an upstream so that a repeated call resumes it instead of doubling it.
//!
//! The journal records what is about to be created before anything is. A repeated call looks for
//! what the first one created, adopts it and finishes it.

mod hosts;
mod in_time;

use std::future::Future;

use covibe_domain::{Failure, Kind};
use serde::Serialize;

use self::in_time::{end, in_time, timeout};
use crate::journal::{Journal, OwnEntry, log_unrecorded};
use crate::workspace::Workspace;

pub use hosts::with_hosts_claimed;

/// Something that a workspace creates under a unique name.
pub trait Create: Sync {
    /// The noun for it in the journal and in messages.
    const KIND: &'static str;

    /// What identifies it once it exists.
    type Id: Send + Sync + Clone + ToString;

    /// What the call answers.
    type Created: Send;

    /// Returns the workspace's resource with this name, if one exists.
    fn find(
        &self,
        cx: &Workspace,
        name: &str,
    ) -> impl Future<Output = Result<Option<Self::Id>, Failure>> + Send;

    /// Creates it. Must not be repeated unless it certainly had no effect.
    fn create(
        &self,
        cx: &Workspace,
        name: &str,
    ) -> impl Future<Output = Result<Self::Id, Failure>> + Send;

    /// Finishes what this call or an earlier one created; each step is safe to repeat. An earlier
    /// call may have had other values: what differs is changed to this call's values, or refused.
    fn finish(
        &self,
        cx: &Workspace,
        name: &str,
        id: Self::Id,
    ) -> impl Future<Output = Result<Self::Created, Failure>> + Send;
}

/// Runs a creation under the journal.
///
/// `wanted` is the name that the caller asks for and `fallback` the default name. `params` identify
/// a repeated call that asks for no name.
///
/// # Errors
///
/// Conflict if the name is taken or another call is creating it; otherwise what the steps of
/// `creation` answer, marked as in doubt if something may have been created.
pub async fn create_journaled<C: Create, P: Serialize>(
    cx: &Workspace,
    creation: &C,
    wanted: Option<&str>,
    fallback: &str,
    params: &P,
) -> Result<C::Created, Failure> {
    let (journal, digest) = (cx.journal(), cx.fingerprint(params));
    let entry = journal.open(C::KIND, wanted, fallback, &digest, cx.deadline()).await?;
    match run(cx, creation, &journal, &entry).await {
        Ok(created) => {
            journal.close(&entry).await.map_err(Failure::in_doubt)?;
            Ok(created)
        }
        Err(Unfinished::Nothing(failure)) => {
            log_unrecorded(journal.close(&entry).await);
            Err(failure)
        }
        Err(Unfinished::Started(failure)) => {
            log_unrecorded(journal.release(&entry).await);
            Err(failure)
        }
        Err(Unfinished::Late(failure)) => {
            log_unrecorded(journal.hold(&entry, &digest).await);
            Err(failure.retry_after(journal.late()))
        }
    }
}

/// Why a creation did not finish, and whether something may exist.
enum Unfinished {
    /// Nothing exists.
    Nothing(Failure),
    /// Something exists, or may.
    Started(Failure),
    /// Something may come to exist soon.
    Late(Failure),
}

impl Unfinished {
    /// This call created something, or may have.
    fn started(kind: &str, name: &str, failure: Failure) -> Self {
        let hint = format!(
            "The {kind} {name} may exist, unfinished. Repeat the same call: it finishes that one \
             and creates no second one."
        );
        Self::Started(failure.in_doubt().hint(hint))
    }

    /// The upstream did not answer the request to create it in time.
    fn late(kind: &str, name: &str, failure: Failure) -> Self {
        let hint = format!(
            "The {kind} {name} may still be created. Wait for the time given, then repeat the same \
             call: it finishes that one and creates no second one."
        );
        Self::Late(failure.hint(hint))
    }
}

async fn run<C: Create>(
    cx: &Workspace,
    creation: &C,
    journal: &Journal<'_>,
    entry: &OwnEntry,
) -> Result<C::Created, Unfinished> {
    let (name, end) = (entry.name.as_str(), end(cx));
    let untouched = |failure| {
        if entry.resumed { Unfinished::Started(failure) } else { Unfinished::Nothing(failure) }
    };
    let started = |failure| Unfinished::started(C::KIND, name, failure);
    let existing = in_time(end, creation.find(cx, name), timeout()).await.map_err(untouched)?;
    let is_new = existing.is_none();
    let id = match existing {
        Some(_) if !entry.resumed => return Err(Unfinished::Nothing(taken(C::KIND, name))),
        Some(id) => id,
        None => {
            let created = in_time(end, creation.create(cx, name), timeout().in_doubt()).await;
            created.map_err(|failure| match (failure.is_in_doubt(), failure.kind) {
                (true, Kind::Timeout) => Unfinished::late(C::KIND, name, failure),
                (true, _) => started(failure),
                (false, _) => untouched(failure),
            })?
        }
    };
    let unfinished = |failure: Failure| {
        if is_new || failure.is_in_doubt() {
            started(failure)
        } else {
            Unfinished::Started(failure)
        }
    };
    journal.note(entry, &id.to_string()).await.map_err(unfinished)?;
    let finished = in_time(end, creation.finish(cx, name, id), timeout().in_doubt()).await;
    finished.map_err(unfinished)
}

fn taken(kind: &str, name: &str) -> Failure {
    Failure::conflict(format!("The {kind} {name} already exists in this workspace."))
        .hint("Pass another name, or use the existing one.")
}
