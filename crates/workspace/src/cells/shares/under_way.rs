//! The starts that may hold one of Coolify's workers.

use std::sync::Arc;
use std::time::{Duration, Instant};

use covibe_coolify::State;
use covibe_domain::{DatabaseUuid, Failure, ServiceUuid, TenantId};
use parking_lot::Mutex;

/// After this time Coolify ends a start that still waits (4.3.11, the time-out of its workers).
pub(crate) const LONGEST: Duration = Duration::from_mins(10);

/// How long a start takes at most that pulls nothing but an official image.
pub(crate) const BOUNDED: Duration = Duration::from_mins(2);

/// After this time, a start that had a worker to itself has begun.
const PROMPT: Duration = Duration::from_secs(30);

/// With fewer earlier starts than this under way, a start has a worker to itself: Coolify has four for all
/// tenants, and builds use two of them at most unless its operator says otherwise (4.3.11).
const CROWD: usize = 2;

/// What Coolify starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// A compose app or an auth provider.
    Service(ServiceUuid),
    /// A database.
    Database(DatabaseUuid),
}

/// What a state says of a start.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// It is under way.
    UnderWay,
    /// There are containers, perhaps those from before it.
    Up,
    /// There are none: it has not begun, or it is over.
    Down,
}

impl Target {
    /// Returns what a state says. Coolify tells that a service is starting once a worker has begun; of a
    /// database it tells only that there is a container, which there is once the image was pulled.
    const fn sign(&self, state: State) -> Sign {
        match (self, state) {
            (Self::Service(_), State::Exited | State::Unknown) => Sign::Down,
            (Self::Service(_), State::Starting)
            | (Self::Database(_), State::Exited | State::Unknown) => Sign::UnderWay,
            _ => Sign::Up,
        }
    }
}

/// How long a start holds its place.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Terms {
    /// For this long, a state may be one from before the start.
    pub(crate) notice: Duration,
    /// The time after which it holds its place no longer, whatever Coolify tells.
    pub(crate) longest: Duration,
}

/// The starts that this process requested, until they are known to have ended.
#[derive(Clone, Debug, Default)]
pub(crate) struct StartsUnderWay(Arc<Mutex<Places>>);

#[derive(Debug, Default)]
struct Places {
    last: u64,
    /// In the order in which they were taken.
    taken: Vec<Place>,
    /// When the latest of those starts was requested that were seen to begin. Coolify's workers take the
    /// requests in their order, so the earlier ones have begun, too.
    begun_until: Option<Instant>,
}

#[derive(Debug)]
struct Place {
    number: u64,
    tenant: TenantId,
    requested: Instant,
    /// When containers count that may be those from before the start.
    counts: Instant,
    /// Whether it was seen to be under way.
    has_begun: bool,
    ends: Instant,
    /// What is started, if its state tells when the start ends.
    target: Option<Target>,
}

impl StartsUnderWay {
    /// Takes a place of the tenant, unless it has that many starts under way.
    pub(crate) fn take(&self, tenant: &TenantId, most: usize) -> Option<StartPlace> {
        let now = Instant::now();
        let mut places = self.0.lock();
        places.taken.retain(|place| now < place.ends);
        if places.taken.iter().filter(|place| place.tenant == *tenant).count() >= most {
            return None;
        }
        places.last += 1;
        let number = places.last;
        let (tenant, ends) = (tenant.clone(), now + LONGEST);
        places.taken.push(Place {
            number,
            tenant,
            requested: now,
            counts: now,
            has_begun: false,
            ends,
            target: None,
        });
        Some(StartPlace { starts: self.clone(), number, is_requested: false })
    }

    /// Returns what a tenant is starting, as far as its state tells when the start ends.
    pub(crate) fn targets(&self, tenant: &TenantId) -> Vec<Target> {
        let places = self.0.lock();
        let own = places.taken.iter().filter(|place| place.tenant == *tenant);
        own.filter_map(|place| place.target.clone()).collect()
    }

    /// Gives the place of a start back that is over in this state. While all workers are busy, Coolify
    /// tells the state from before the start: without containers it is over only if it has begun.
    pub(crate) fn saw(&self, target: &Target, state: State) {
        self.saw_at(Instant::now(), target, state);
    }

    fn saw_at(&self, now: Instant, target: &Target, state: State) {
        let sign = target.sign(state);
        let mut places = self.0.lock();
        if sign == Sign::UnderWay {
            return places.note_begun(target);
        }
        let (crowded_from, begun_until) = (places.crowded_from(), places.begun_until);
        let has_begun = |place: &Place| {
            let is_later_begun = begun_until.is_some_and(|until| place.requested < until);
            let had_worker = crowded_from.is_none_or(|from| place.requested < from);
            let is_prompt = had_worker && now >= place.requested + PROMPT;
            place.has_begun || (now >= place.counts && (is_later_begun || is_prompt))
        };
        let is_over = |place: &Place| match sign {
            Sign::Up => place.has_begun || now >= place.counts,
            Sign::Down | Sign::UnderWay => has_begun(place),
        };
        places.taken.retain(|place| !place.is_of(target) || !is_over(place));
    }

    /// Keeps the place of a start until its longest time is over: its state tells of it no longer,
    /// because the target is being stopped, deleted or started again, which ends no start (4.3.11).
    pub(crate) fn lost_sight_of(&self, target: &Target) {
        self.0.lock().of(target).for_each(|place| place.target = None);
    }
}

impl Places {
    /// Returns when the first start was requested that may wait for a worker.
    fn crowded_from(&self) -> Option<Instant> {
        self.taken.get(CROWD).map(|place| place.requested)
    }

    /// Notes that a start was seen to be under way. Of a database that is not seen: it is taken for under
    /// way while it has no container.
    fn note_begun(&mut self, target: &Target) {
        self.of(target).for_each(|place| place.has_begun = true);
        if matches!(target, Target::Service(_)) {
            let requested = self.of(target).map(|place| place.requested).max();
            self.begun_until = self.begun_until.max(requested);
        }
    }

    fn of(&mut self, target: &Target) -> impl Iterator<Item = &mut Place> {
        self.taken.iter_mut().filter(|place| place.is_of(target))
    }

    fn numbered(&mut self, number: u64) -> Option<&mut Place> {
        self.taken.iter_mut().find(|place| place.number == number)
    }
}

impl Place {
    fn is_of(&self, target: &Target) -> bool {
        self.target.as_ref() == Some(target)
    }
}

/// A place among the starts of a tenant. It is given back when this is dropped before the start is
/// requested.
#[derive(Debug)]
pub struct StartPlace {
    starts: StartsUnderWay,
    number: u64,
    is_requested: bool,
}

impl StartPlace {
    /// Requests the start. One that is in doubt holds its place for its longest time. `target` names what
    /// is started, if the answer says that something is.
    pub(crate) async fn request<T>(
        mut self,
        terms: Terms,
        request: impl Future<Output = Result<T, Failure>>,
        target: impl FnOnce(&T) -> Option<Target>,
    ) -> Result<T, Failure> {
        let begun = Instant::now();
        self.hold_for(terms.longest);
        let answer = request.await;
        match answer.as_ref().map(target) {
            Ok(Some(target)) => self.name(target, begun, terms),
            Err(failure) if failure.is_in_doubt() => {}
            Ok(None) | Err(_) => self.give_back(),
        }
        answer
    }

    /// Holds the place for this long, also if the call ends before its request is answered.
    fn hold_for(&mut self, time: Duration) {
        self.is_requested = true;
        if let Some(place) = self.starts.0.lock().numbered(self.number) {
            place.ends = Instant::now() + time;
        }
    }

    fn name(&self, target: Target, begun: Instant, terms: Terms) {
        self.starts.lost_sight_of(&target);
        if let Some(place) = self.starts.0.lock().numbered(self.number) {
            (place.requested, place.counts) = (begun, begun + terms.notice);
            place.ends = begun + terms.longest;
            place.target = Some(target);
        }
    }

    fn give_back(&self) {
        self.starts.0.lock().taken.retain(|place| place.number != self.number);
    }
}

impl Drop for StartPlace {
    fn drop(&mut self) {
        if !self.is_requested {
            self.give_back();
        }
    }
}

#[cfg(test)]
mod tests;
