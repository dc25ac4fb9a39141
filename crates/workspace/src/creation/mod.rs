//! Creates resources on an upstream so that a repeated call resumes the creation instead of doubling it.
//!
//! The journal records a creation before it begins, and the resource carries the id of that record as its mark. A
//! repeated call looks for a resource with this mark, adopts it and finishes it. A resource with the name but without
//! the mark is somebody else's.

mod claimed_work;
mod created_resource_check;
mod time_limit;

use std::future::Future;
use std::time::Instant;

use covibe_coolify::Mark;
use covibe_domain::{Failure, Kind};
use covibe_policy::resource_name;
use serde::Serialize;

use self::time_limit::{in_time, timeout};
use crate::journal::{Journal, OwnEntry, log_unrecorded};
use crate::scoped::Marked;
use crate::workspace::Workspace;

pub use claimed_work::{with_branch_claimed, with_hosts_claimed};
pub use created_resource_check::check_created;
pub(crate) use time_limit::work_deadline;

/// A resource that has the name of one that is to be created.
#[derive(Clone, Debug)]
pub struct Namesake<I> {
    /// Its id.
    id: I,
    /// The mark of the creation that it comes from, if it has one.
    mark: Option<Mark>,
}

impl<I> Namesake<I> {
    /// Creates the namesake for this resource.
    pub fn from_resource(id: I, it: &impl Marked) -> Self {
        Self { id, mark: it.mark().cloned() }
    }

    /// Creates the namesake with this mark, or without one.
    pub fn with_mark(id: I, mark: Option<Mark>) -> Self {
        Self { id, mark }
    }
}

/// Something that a workspace creates under a unique name.
pub trait Create: Sync {
    /// The noun for it in the journal and in messages.
    const KIND: &'static str;

    /// The id of a created resource.
    type Id: Send + Sync + Clone + ToString;

    /// The answer of the call.
    type Created: Send;

    /// Returns the hosts that it gets. While it is searched and created, no other call of the workspace assigns them.
    ///
    /// # Errors
    ///
    /// Forbidden if one is outside the workspace's namespace.
    fn hosts(&self, _: &Workspace, _name: &str) -> Result<Vec<String>, Failure> {
        Ok(Vec::new())
    }

    /// Returns the workspace's resources with this name, read anew. Some of them may have been created by others.
    fn find(
        &self,
        cx: &Workspace,
        name: &str,
    ) -> impl Future<Output = Result<Vec<Namesake<Self::Id>>, Failure>> + Send;

    /// Creates it with this mark, right after [`Create::find`], whose knowledge of the workspace is current. Must not
    /// be repeated unless it certainly had no effect.
    fn create(
        &self,
        cx: &Workspace,
        name: &str,
        mark: &Mark,
    ) -> impl Future<Output = Result<Self::Id, Failure>> + Send;

    /// Returns whether [`Create::create`] has failed, and a useless remainder of its work is being deleted.
    fn is_discarding(&self) -> bool {
        false
    }

    /// Finishes a resource that this call or an earlier one created, once [`check_created`] accepts it. Each step can
    /// be repeated safely. An earlier call may have had other values: differences are changed to this call's values, or
    /// refused.
    fn finish(
        &self,
        cx: &Workspace,
        name: &str,
        id: Self::Id,
    ) -> impl Future<Output = Result<Self::Created, Failure>> + Send;

    /// Deletes the remainder of a failed creation, with its volumes. Returns once it is gone.
    fn remove(
        &self,
        cx: &Workspace,
        id: Self::Id,
    ) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// Runs the work before the first change of a creation, and ends it early enough to answer.
///
/// # Errors
///
/// Timeout if it takes too long; otherwise those of `work`.
pub async fn before_creation<T>(
    cx: &Workspace,
    work: impl Future<Output = Result<T, Failure>>,
) -> Result<T, Failure> {
    in_time(work_deadline(cx), work, timeout()).await
}

/// Runs a creation under the journal.
///
/// `wanted` is the name that the caller asks for and `fallback` the default name. `params` identify
/// a repeated call that asks for no name.
///
/// # Errors
///
/// Invalid if the name has the form of a uuid or of a credential; conflict if it is taken or another call is creating
/// it; otherwise those of the steps of `creation`, marked as in doubt if something may have been created.
pub async fn create_journaled<C: Create, P: Serialize>(
    cx: &Workspace,
    creation: &C,
    wanted: Option<&str>,
    fallback: &str,
    params: &P,
) -> Result<C::Created, Failure> {
    resource_name(wanted.unwrap_or(fallback))?;
    let (journal, digest) = (cx.journal(), cx.fingerprint(params));
    let entry = journal.open(C::KIND, wanted, fallback, &digest, cx.deadline()).await?;
    match run(cx, creation, &journal, &entry).await {
        Ok((created, uuid)) => {
            journal.finish(&entry, &uuid).await.map_err(Failure::in_doubt)?;
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
        Err(Unfinished::Discarded(failure)) => {
            log_unrecorded(journal.hold(&entry, &digest).await);
            Err(failure)
        }
        Err(Unfinished::Late(failure)) => {
            log_unrecorded(journal.hold(&entry, &digest).await);
            Err(failure.retry_after(journal.late_window()))
        }
    }
}

/// The reason why a creation did not finish, by the resource that may exist.
enum Unfinished {
    /// Nothing exists.
    Nothing(Failure),
    /// Something exists, or may.
    Started(Failure),
    /// Something may come to exist soon.
    Late(Failure),
    /// Nothing usable exists; a remainder is being deleted.
    Discarded(Failure),
}

impl Unfinished {
    /// Returns the failure if this call created something, or may have.
    fn from_started(kind: &str, name: &str, failure: Failure) -> Self {
        let hint = format!(
            "The {kind} {name} may exist but be unfinished. Repeat the same call: it finishes \
             that {kind} and does not create a second one."
        );
        Self::Started(failure.in_doubt().hint(hint))
    }

    /// Returns the failure if the upstream did not answer the creation in time.
    fn from_late(kind: &str, name: &str, failure: Failure) -> Self {
        let hint = format!(
            "The {kind} {name} may still be created. Wait for the time given, then repeat the \
             same call: it finishes that {kind} and does not create a second one."
        );
        Self::Late(failure.hint(hint))
    }
}

/// A resource that a creation continues with.
struct StartedCreation<I> {
    id: I,
    /// True if an earlier call created it.
    is_resumed: bool,
    /// True if the upstream answered this call's creation with an error.
    has_broken_off: bool,
}

async fn run<C: Create>(
    cx: &Workspace,
    creation: &C,
    journal: &Journal<'_>,
    entry: &OwnEntry,
) -> Result<(C::Created, String), Unfinished> {
    let (name, end) = (entry.name.as_str(), work_deadline(cx));
    let StartedCreation { id, is_resumed, has_broken_off } =
        begin(cx, creation, entry, end).await?;
    let unfinished = |failure: Failure| {
        if !is_resumed || failure.is_in_doubt() {
            Unfinished::from_started(C::KIND, name, failure)
        } else {
            Unfinished::Started(failure)
        }
    };
    let uuid = id.to_string();
    journal.note(entry, &uuid).await.map_err(unfinished)?;
    let finished = in_time(end, creation.finish(cx, name, id.clone()), timeout().in_doubt()).await;
    let failure = match finished {
        Ok(created) => return Ok((created, uuid)),
        Err(failure) => failure,
    };
    // What broke off and can't be finished would only be in the way.
    let is_removed = has_broken_off
        && failure.kind != Kind::Timeout
        && in_time(end, creation.remove(cx, id), timeout()).await.is_ok();
    Err(if is_removed {
        Unfinished::Nothing(removed_remainder(C::KIND, name, failure))
    } else {
        unfinished(failure)
    })
}

/// Finds the resource that an earlier call began, or creates it.
async fn begin<C: Create>(
    cx: &Workspace,
    creation: &C,
    entry: &OwnEntry,
    end: Instant,
) -> Result<StartedCreation<C::Id>, Unfinished> {
    let name = entry.name.as_str();
    let untouched = |failure| {
        if entry.resumed { Unfinished::Started(failure) } else { Unfinished::Nothing(failure) }
    };
    let hosts = creation.hosts(cx, name).map_err(untouched)?;
    let failure = match with_hosts_claimed(cx, &hosts, attempt(cx, creation, entry, end)).await {
        Ok(Attempt::Created(id)) => {
            return Ok(StartedCreation { id, is_resumed: false, has_broken_off: false });
        }
        Ok(Attempt::Found(id)) => {
            return Ok(StartedCreation { id, is_resumed: true, has_broken_off: false });
        }
        Ok(Attempt::Taken) => return Err(untouched(taken_name(C::KIND, name))),
        Ok(Attempt::Unread(failure)) => return Err(untouched(failure)),
        Err(failure) if creation.is_discarding() => return Err(Unfinished::Discarded(failure)),
        Err(failure) => failure,
    };
    if let Some(id) = left_behind(cx, creation, entry, end, &failure).await {
        return Ok(StartedCreation { id, is_resumed: false, has_broken_off: true });
    }
    Err(match (failure.is_in_doubt(), failure.kind) {
        (true, Kind::Timeout) => Unfinished::from_late(C::KIND, name, failure),
        (true, _) => Unfinished::from_started(C::KIND, name, failure),
        (false, _) => untouched(failure),
    })
}

/// The outcome of a search for a resource, and of its creation if there is none.
enum Attempt<I> {
    /// An earlier call created it.
    Found(I),
    /// Something else has the name.
    Taken,
    /// The existing resources could not be read.
    Unread(Failure),
    /// This call created it.
    Created(I),
}

/// Looks for a resource that an earlier call began, and otherwise creates it. Fails if the creation fails.
async fn attempt<C: Create>(
    cx: &Workspace,
    creation: &C,
    entry: &OwnEntry,
    end: Instant,
) -> Result<Attempt<C::Id>, Failure> {
    let name = entry.name.as_str();
    let found = match in_time(end, creation.find(cx, name), timeout()).await {
        Ok(found) => found,
        Err(failure) => return Ok(Attempt::Unread(failure)),
    };
    let is_taken = !found.is_empty();
    if let Some(id) = find_begun(entry, found) {
        return Ok(Attempt::Found(id));
    }
    if is_taken {
        return Ok(Attempt::Taken);
    }
    let created = creation.create(cx, name, &entry.mark);
    in_time(end, created, timeout().in_doubt()).await.map(Attempt::Created)
}

/// Returns the resource that the upstream stored in spite of an error, if there is one.
async fn left_behind<C: Create>(
    cx: &Workspace,
    creation: &C,
    entry: &OwnEntry,
    end: Instant,
    failure: &Failure,
) -> Option<C::Id> {
    if !failure.has_ended {
        return None;
    }
    let found = in_time(end, creation.find(cx, &entry.name), timeout()).await;
    find_begun(entry, found.ok()?)
}

/// Returns the failure of a creation that the upstream answered with an error, and whose remainder could not be
/// finished and was deleted.
fn removed_remainder(kind: &str, name: &str, failure: Failure) -> Failure {
    if failure.kind != Kind::Upstream {
        return failure.without_doubt();
    }
    failure.without_doubt().hint(format!(
        "The unfinished {kind} {name} could not be completed and was deleted. Check the values of \
         the call; if they are right, retry later."
    ))
}

/// Returns the resource that an earlier call with this entry began: the one with the id that it recorded, or else one
/// with the entry's mark.
fn find_begun<I: ToString>(entry: &OwnEntry, found: Vec<Namesake<I>>) -> Option<I> {
    let is_noted =
        |it: &Namesake<I>| entry.uuid.as_ref().is_some_and(|id| *id == it.id.to_string());
    let is_marked = |it: &Namesake<I>| it.mark.as_ref() == Some(&entry.mark);
    let at = found.iter().position(is_noted).or_else(|| found.iter().position(is_marked))?;
    found.into_iter().nth(at).map(|it| it.id)
}

fn taken_name(kind: &str, name: &str) -> Failure {
    Failure::conflict(format!("The {kind} {name} already exists in this workspace."))
        .hint("Pass another name, or use the existing one.")
}
