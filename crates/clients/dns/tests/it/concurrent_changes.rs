//! Changes of somebody else at the same time.

use std::time::Duration;

use covibe_dns::{Cause, Conflict, Effect, Provider};
use covibe_sandbox::faults::{Fault, Name};
use hickory_proto::rr::RecordType;

use crate::records::a;
use crate::simulated_google_cloud::{World, name};

const CHANGES: &str = "/projects/*/managedZones/*/changes";

/// The statuses of the changes that were asked for.
fn statuses(world: &World) -> Vec<u16> {
    let requests = world.cloud.requests();
    let changes = requests.iter().filter(|one| one.path.ends_with("/changes"));
    changes.filter_map(|one| one.status).collect()
}

/// Makes a rival's change after this one's look and before its change.
async fn race(world: &World, rival: u8, own: u8) {
    let zone = world.zone().await;
    let hold = world.cloud.hold("POST", CHANGES);
    let late = world.change(&zone, vec![a("www.example.ca", own)]);
    let first = async {
        hold.arrived().await;
        world.change(&zone, vec![a("www.example.ca", rival)]).await.unwrap();
        drop(hold);
    };
    let (late, ()) = tokio::join!(late, first);
    late.unwrap();
    let served = world.ask("www.example.ca", RecordType::A).await.unwrap();
    assert_eq!(served, [format!("192.0.2.{own}")]);
}

#[tokio::test]
async fn a_change_is_repeated_after_a_record_set_was_added_concurrently() {
    let world = World::new().await;
    race(&world, 1, 2).await;
    let mut statuses = statuses(&world);
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 200, 409]);
}

#[tokio::test]
async fn a_change_is_repeated_after_a_record_set_was_changed_concurrently() {
    let world = World::new().await;
    let zone = world.zone().await;
    world.change(&zone, vec![a("www.example.ca", 9)]).await.unwrap();
    race(&world, 1, 2).await;
    assert!(statuses(&world).contains(&412));
}

#[tokio::test]
async fn a_delayed_change_does_not_undo_a_later_one() {
    let world = World::new().await;
    let zone = world.zone().await;
    let late = Duration::from_hours(1);
    world.cloud.arm(Fault::new(Name::Late).on("POST", CHANGES).delay(late));
    world.change(&zone, vec![a("www.example.ca", 1)]).await.unwrap();
    world.change(&zone, vec![a("www.example.ca", 2)]).await.unwrap();
    world.cloud.advance(late);
    assert_eq!(world.ask("www.example.ca", RecordType::A).await.unwrap(), ["192.0.2.2"]);
}

#[tokio::test]
async fn a_change_fails_as_conflict_after_repeated_concurrent_changes() {
    let world = World::new().await;
    let zone = world.zone().await;
    world.cloud.arm(Fault::new(Name::Status).status(412).on("POST", CHANGES).times(3));
    let error = world.change(&zone, vec![a("www.example.ca", 1)]).await.unwrap_err();
    assert_eq!((error.cause, error.effect), (Cause::Conflict(Conflict::Changed), Effect::None));
    world.change(&zone, vec![a("www.example.ca", 1)]).await.unwrap();
}

#[tokio::test]
async fn a_change_of_a_deleted_zone_fails_as_not_found_even_once_recreated() {
    let world = World::new().await;
    let zone = world.zone().await;
    world.client.delete_zone(&name("example.ca"), &world.owner).await.unwrap();
    let error = world.change(&zone, vec![a("www.example.ca", 1)]).await.unwrap_err();
    assert_eq!(error.cause, Cause::NotFound);
    // A zone that is made anew has another id, so the old one does not name it.
    world.zone().await;
    assert!(world.client.records(&zone).await.unwrap_err().is_not_found());
}
