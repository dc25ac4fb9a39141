//! The starts that may hold one of Coolify's workers.

use std::time::{Duration, Instant};

use covibe_coolify::State;
use covibe_domain::{DatabaseUuid, Failure, ServiceUuid, TenantId};
use parking_lot::Mutex;

/// After this time Coolify ends a start that still waits (4.3.11, the time-out of its workers).
pub(crate) const LONGEST: Duration = Duration::from_mins(10);

/// How long a start takes at most that pulls nothing but an official image.
pub(crate) const BOUNDED: Duration = Duration::from_mins(2);

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
#[derive(Debug, Default)]
pub(crate) struct StartsUnderWay(Mutex<Places>);

#[derive(Debug, Default)]
struct Places {
    last: u64,
    taken: Vec<Place>,
}

#[derive(Debug)]
struct Place {
    number: u64,
    tenant: TenantId,
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
    pub(crate) fn take(&self, tenant: &TenantId, most: usize) -> Option<StartPlace<'_>> {
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
            counts: now,
            has_begun: false,
            ends,
            target: None,
        });
        Some(StartPlace { starts: self, number, is_requested: false })
    }

    /// Returns how many starts of a tenant are under way.
    pub(crate) fn count(&self, tenant: &TenantId) -> usize {
        let now = Instant::now();
        let places = self.0.lock();
        places.taken.iter().filter(|place| place.tenant == *tenant && now < place.ends).count()
    }

    /// Returns what a tenant is starting, as far as its state tells when the start ends.
    pub(crate) fn targets(&self, tenant: &TenantId) -> Vec<Target> {
        let places = self.0.lock();
        let own = places.taken.iter().filter(|place| place.tenant == *tenant);
        own.filter_map(|place| place.target.clone()).collect()
    }

    /// Gives the place of a start back that is over in this state. While all workers are busy, Coolify
    /// tells the state from before the start: without containers it is over only if it was seen to begin.
    pub(crate) fn saw(&self, target: &Target, state: State) {
        let (now, sign) = (Instant::now(), target.sign(state));
        let mut places = self.0.lock();
        if sign == Sign::UnderWay {
            return places.of(target).for_each(|place| place.has_begun = true);
        }
        let is_over = |place: &Place| place.has_begun || (sign == Sign::Up && now >= place.counts);
        places.taken.retain(|place| !place.is_of(target) || !is_over(place));
    }

    /// Keeps the place of a start until its longest time is over: its state tells of it no longer,
    /// because the target is being stopped, deleted or started again, which ends no start (4.3.11).
    pub(crate) fn lost_sight_of(&self, target: &Target) {
        self.0.lock().of(target).for_each(|place| place.target = None);
    }
}

impl Places {
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
pub struct StartPlace<'a> {
    starts: &'a StartsUnderWay,
    number: u64,
    is_requested: bool,
}

impl StartPlace<'_> {
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
            (place.counts, place.ends) = (begun + terms.notice, begun + terms.longest);
            place.target = Some(target);
        }
    }

    fn give_back(&self) {
        self.starts.0.lock().taken.retain(|place| place.number != self.number);
    }
}

impl Drop for StartPlace<'_> {
    fn drop(&mut self) {
        if !self.is_requested {
            self.give_back();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TERMS: Terms = Terms { notice: Duration::ZERO, longest: LONGEST };

    fn tenant(id: &str) -> TenantId {
        id.parse().unwrap()
    }

    fn service(uuid: &str) -> Target {
        Target::Service(uuid.parse().unwrap())
    }

    /// Starts this, if the tenant has one of two places left.
    async fn start(starts: &StartsUnderWay, target: &Target, terms: Terms) -> bool {
        let Some(place) = starts.take(&tenant("ten_abcd"), 2) else { return false };
        place.request(terms, async { Ok(()) }, |()| Some(target.clone())).await.is_ok()
    }

    #[tokio::test]
    async fn bounds_the_starts_of_a_tenant() {
        let starts = StartsUnderWay::default();
        let [one, two, three] = ["abcdefg1", "abcdefg2", "abcdefg3"].map(service);
        assert!(start(&starts, &one, TERMS).await && start(&starts, &two, TERMS).await);
        assert!(!start(&starts, &three, TERMS).await);
        assert!(starts.take(&tenant("ten_abce"), 2).is_some());
        starts.saw(&one, State::Starting);
        assert!(!start(&starts, &three, TERMS).await);
        starts.saw(&one, State::Running);
        assert!(start(&starts, &three, TERMS).await);
    }

    #[tokio::test]
    async fn a_second_start_hides_the_end_of_the_first() {
        let starts = StartsUnderWay::default();
        let one = service("abcdefg1");
        assert!(start(&starts, &one, TERMS).await && start(&starts, &one, TERMS).await);
        assert!(!start(&starts, &one, TERMS).await);
        starts.saw(&one, State::Running);
        assert!(start(&starts, &one, TERMS).await);
        assert!(!start(&starts, &one, TERMS).await, "the first may still be under way");
    }

    #[tokio::test]
    async fn a_state_from_before_a_start_does_not_end_it() {
        let starts = StartsUnderWay::default();
        let (one, two) = (service("abcdefg1"), service("abcdefg2"));
        let late = Terms { notice: LONGEST, ..TERMS };
        assert!(start(&starts, &one, late).await && start(&starts, &two, late).await);
        starts.saw(&one, State::Running);
        assert!(!start(&starts, &one, late).await);
        starts.saw(&one, State::Starting);
        starts.saw(&one, State::Running);
        assert!(start(&starts, &one, late).await);
    }

    /// Coolify tells nothing of a start while all of its workers are busy.
    #[tokio::test]
    async fn an_exited_service_that_was_never_starting_keeps_its_place() {
        let starts = StartsUnderWay::default();
        let (one, two) = (service("abcdefg1"), service("abcdefg2"));
        assert!(start(&starts, &one, TERMS).await && start(&starts, &two, TERMS).await);
        starts.saw(&one, State::Exited);
        assert!(!start(&starts, &one, TERMS).await);
        starts.saw(&one, State::Starting);
        starts.saw(&one, State::Exited);
        assert!(start(&starts, &one, TERMS).await);
    }

    #[tokio::test]
    async fn a_database_starts_until_it_has_a_container() {
        let starts = StartsUnderWay::default();
        let [one, two] =
            ["abcdefg1", "abcdefg2"].map(|uuid| Target::Database(uuid.parse().unwrap()));
        assert!(start(&starts, &one, TERMS).await && start(&starts, &two, TERMS).await);
        starts.saw(&one, State::Exited);
        assert!(!start(&starts, &one, TERMS).await);
        starts.saw(&one, State::Restarting);
        assert!(start(&starts, &one, TERMS).await);
    }

    #[tokio::test]
    async fn forgets_a_start_that_coolify_has_ended() {
        let starts = StartsUnderWay::default();
        let over = Terms { longest: Duration::ZERO, ..TERMS };
        for _ in 0..3 {
            assert!(start(&starts, &service("abcdefg1"), over).await);
        }
    }

    #[tokio::test]
    async fn only_a_start_that_may_have_happened_keeps_its_place() {
        let starts = StartsUnderWay::default();
        let ten = tenant("ten_abcd");
        drop(starts.take(&ten, 1).expect("a place"));
        let place = starts.take(&ten, 1).expect("a place");
        let refused = async { Err::<(), _>(Failure::conflict("no")) };
        place.request(TERMS, refused, |()| None).await.unwrap_err();
        let place = starts.take(&ten, 1).expect("a place");
        place.request(TERMS, async { Ok(()) }, |()| None).await.unwrap();
        let place = starts.take(&ten, 1).expect("a place");
        let lost = async { Err::<(), _>(Failure::conflict("lost").in_doubt()) };
        place.request(TERMS, lost, |()| None).await.unwrap_err();
        assert!(starts.take(&ten, 1).is_none());
    }
}
