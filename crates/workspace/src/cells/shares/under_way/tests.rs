//! Tests of the places of starts.

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

/// Coolify tells nothing of a start that failed within a second or two.
#[tokio::test]
async fn a_start_that_failed_at_once_gives_its_place_back() {
    let starts = StartsUnderWay::default();
    let all: [Target; 4] = ["abcdefg1", "abcdefg2", "abcdefg3", "abcdefg4"].map(service);
    for target in &all {
        let place = starts.take(&tenant("ten_abcd"), 4).expect("a place");
        place.request(TERMS, async { Ok(()) }, |()| Some(target.clone())).await.unwrap();
    }
    let count = || starts.0.lock().taken.len();
    let later = Instant::now() + PROMPT;
    starts.saw_at(later, &all[3], State::Exited);
    assert_eq!(count(), 4, "it may wait behind the others");
    starts.saw_at(later, &all[0], State::Exited);
    assert_eq!(count(), 3);
    starts.saw_at(later, &all[2], State::Starting);
    starts.saw_at(later, &all[1], State::Exited);
    assert_eq!(count(), 2, "a later one has begun");
    starts.saw_at(later, &all[2], State::Exited);
    starts.saw_at(later, &all[3], State::Exited);
    assert_eq!(count(), 0);
}

#[tokio::test]
async fn a_database_starts_until_it_has_a_container() {
    let starts = StartsUnderWay::default();
    let [one, two] = ["abcdefg1", "abcdefg2"].map(|uuid| Target::Database(uuid.parse().unwrap()));
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
