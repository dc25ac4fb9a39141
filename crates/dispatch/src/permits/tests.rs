//! The limits on concurrent calls and requests.

use covibe_domain::entities::KeyScope;

use super::*;

fn principal(tenant: &str, workspace: &str) -> Principal {
    Principal {
        tenant: tenant.parse().unwrap(),
        workspace: workspace.parse().unwrap(),
        slug: "mark".parse().unwrap(),
        actor: Actor::Operator,
        scope: KeyScope::Workspace,
        granted: KeyAccess::Full,
        session: None,
        narrowed: false,
    }
}

#[test]
fn permits_are_limited_per_workspace_and_released() {
    let permits = Permits::new(1_000);
    let (mark, justine) = (principal("ten_alfa", "ws_mark"), principal("ten_alfa", "ws_justine"));
    let first = permits.take(&mark, 1).ok();
    assert_eq!(permits.take(&mark, 1).err().map(|f| f.kind), Some(Kind::Limited));
    assert!(permits.take(&justine, 1).is_ok());
    drop(first);
    assert!(permits.take(&mark, 1).is_ok());
}

#[test]
fn running_calls_of_keys_take_no_places_of_people() {
    let permits = Permits::new(1_000);
    let person = principal("ten_alfa", "ws_mark");
    let key = Actor::Key("key_stolen".parse().unwrap());
    let key = Principal { actor: key, ..person.clone() };
    let _held: Vec<_> = (0..2).map(|_| permits.take(&key, 2).unwrap()).collect();
    assert!(permits.take(&key, 2).is_err());
    assert!(permits.take(&person, 2).is_ok());
}

#[test]
fn permits_are_limited_per_tenant() {
    let permits = Permits::new(1_000);
    let take = |tenant: &str, workspace: usize| {
        permits.take(&principal(tenant, &format!("ws_space{workspace}")), 2)
    };
    let places: Vec<_> = (0..8).map(|number| take("ten_alfa", number / 2).unwrap()).collect();
    let refused = take("ten_alfa", 9).unwrap_err();
    assert_eq!(refused.message, "8 calls of this tenant are already running.");
    assert!(take("ten_bravo", 10).is_ok());
    drop(places);
    assert!(take("ten_alfa", 9).is_ok());
}

#[test]
fn requests_that_have_not_arrived_take_no_places_of_running_calls() {
    let permits = Permits::new(1_000);
    let key = |id: &str| Actor::Key(id.parse().unwrap());
    let full = Principal { actor: key("key_full"), ..principal("ten_alfa", "ws_mark") };
    let actor = key("key_reader");
    let reader = Principal { granted: KeyAccess::Read, actor, ..full.clone() };
    let mut held: Vec<_> = std::iter::from_fn(|| permits.receive(&reader, 64).ok()).collect();
    assert_eq!(held.len(), RECEIVED_TO_READ);
    let mut places: Vec<_> = (0..64).map(|_| permits.receive(&full, 64).unwrap()).collect();
    assert!(permits.receive(&full, 64).is_err());
    for place in &mut places {
        place.begin(64).unwrap();
    }
    let refused = held[0].begin(64).unwrap_err();
    assert_eq!(refused.message, "64 calls of this workspace are already running.");
    drop(places);
    held[0].begin(64).unwrap();
    drop(held);
    assert!(permits.receiving.is_empty() && permits.running.is_empty());
    assert!(permits.tenants.is_empty());
}

#[test]
fn the_requests_of_a_person_in_progress_are_limited_apart_from_those_of_others() {
    let permits = Permits::new(1_000);
    let (one, other): (UserId, UserId) = ("usr_mark".parse().unwrap(), "usr_joan".parse().unwrap());
    let mut held: Vec<_> =
        std::iter::from_fn(|| permits.admit_person(&one, 3).ok()).take(9).collect();
    assert_eq!(held.len(), 3);
    assert_eq!(permits.admit_person(&one, 3).unwrap_err().kind, Kind::Limited);
    permits.admit_person(&other, 3).unwrap();
    held.pop();
    permits.admit_person(&one, 3).unwrap();
}

/// Otherwise four companies would have all connections of the server.
#[test]
fn calls_of_a_few_tenants_leave_places_to_all_others() {
    let permits = Permits::new(100);
    let take = |tenant: usize, number: usize| {
        let workspace = format!("ws_{tenant:04}{}", number / 64);
        let tenant = format!("ten_{tenant:04}");
        permits.take(&principal(&tenant, &workspace), 64).ok()
    };
    let mut held = Vec::new();
    for tenant in 0..4 {
        held.extend((0..256).map_while(|number| take(tenant, number)));
    }
    assert_eq!(held.len(), 100 + 3 * FEW_CALLS, "the first tenant had 100");
    assert!(take(9, 0).is_some() && take(0, 0).is_none());
    drop(held);
    assert!((0..64).all(|number| take(0, number).is_some()));
}

#[test]
fn requests_of_many_people_for_pages_leave_places_to_each_other_person() {
    let permits = Permits::new(20);
    let person = |number: usize| -> UserId { format!("usr_{number:04}").parse().unwrap() };
    let one = person(0);
    let held: Vec<_> = std::iter::from_fn(|| permits.admit_person(&one, 64).ok()).collect();
    assert_eq!(held.len(), 10);
    let other = person(1);
    let others: Vec<_> = std::iter::from_fn(|| permits.admit_person(&other, 64).ok()).collect();
    assert_eq!(others.len(), FEW_PAGES);
}
