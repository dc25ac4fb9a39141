//! Every change with every named fault: nothing doubled, and the next try works.

use covibe_sandbox::faults::Name;
use covibe_sandbox::workos::Collection;
use covibe_upstream::Expiry;
use covibe_workos::{Cause, Conflict, Effect, Error, NewInvitation, NewUser};

use crate::simulated_workos::{World, client};

/// Makes a call that meets the fault once.
async fn meet<T>(
    world: &mut World,
    fault: Name,
    route: (&str, &str),
    call: impl AsyncFn(&World) -> Result<T, Error>,
) -> Result<T, Error> {
    let expiry = Expiry::by_hand();
    world.client = client(&world.workos, expiry.clone());
    world.workos.meet(fault, route, call(world), || expiry.expire(|_, _| true)).await
}

async fn try_organization(fault: Name) {
    let mut world = World::new().await;
    let create = async |world: &World| world.client.create_organization("Acme", "tn_1").await;
    let made = meet(&mut world, fault, ("POST", "/organizations"), create).await;
    let found = world.client.organization_by_external_id("tn_1").await.unwrap();
    if found.is_none() {
        assert!(made.is_err(), "{fault:?}");
        create(&world).await.unwrap();
    }
    assert_eq!(world.workos.count(Collection::Organizations), 1, "{fault:?}");
}

async fn try_membership(fault: Name) {
    let mut world = World::new().await;
    let organization = world.client.create_organization("Acme", "tn_1").await.unwrap().id;
    let new = NewUser { email: "ann@example.test", first_name: None, last_name: None };
    let create = async |world: &World| world.client.create_user(new.clone()).await;
    let made = meet(&mut world, fault, ("POST", "/user_management/users"), create).await;
    let found = world.client.user_by_email("ann@example.test").await.unwrap();
    let user = if let Some(user) = found {
        user.id
    } else {
        assert!(made.is_err(), "{fault:?}");
        create(&world).await.unwrap().id
    };
    let join =
        async |world: &World| world.client.create_membership(&user, &organization, "member").await;
    let path = ("POST", "/user_management/organization_memberships");
    let joined = meet(&mut world, fault, path, join).await;
    if world.client.membership(&user, &organization).await.unwrap().is_none() {
        assert!(joined.is_err(), "{fault:?}");
        join(&world).await.unwrap();
    }
    let membership = world.client.membership(&user, &organization).await.unwrap().unwrap();
    let leave = async |world: &World| world.client.delete_membership(&membership.id).await;
    let path = ("DELETE", "/user_management/organization_memberships/*");
    let left = meet(&mut world, fault, path, leave).await;
    let is_there = world.client.membership(&user, &organization).await.unwrap().is_some();
    assert!(left.is_err() || !is_there, "{fault:?}");
    leave(&world).await.unwrap();
    assert_eq!(world.workos.count(Collection::Memberships), 0, "{fault:?}");
}

/// An invitation is sent at most once by a call, and one that may have been sent is said to be in doubt.
async fn try_invitation(fault: Name) {
    let mut world = World::new().await;
    let organization = world.client.create_organization("Acme", "tn_1").await.unwrap().id;
    let invite = async |world: &World| {
        let (email, role) = ("bob@example.test", "member");
        let organization = &organization;
        world
            .client
            .invite(NewInvitation { email, organization, role, days: 7, inviter: None })
            .await
    };
    let sent = meet(&mut world, fault, ("POST", "/user_management/invitations"), invite).await;
    let count = world.workos.count(Collection::Invitations);
    match sent {
        Ok(_) => assert_eq!(count, 1, "{fault:?}"),
        Err(error) => assert!(count == 0 || error.effect == Effect::Possible, "{error:?}"),
    }
    match invite(&world).await {
        Ok(_) => assert_eq!(count, 0, "{fault:?}"),
        Err(error) => assert_eq!(error.cause, Cause::Conflict(Conflict::Exists), "{fault:?}"),
    }
    let open = world.client.open_invitation(&organization, "bob@example.test").await.unwrap();
    let id = open.unwrap().id;
    let revoke = async |world: &World| world.client.revoke_invitation(&id).await;
    let path = ("POST", "/user_management/invitations/*/revoke");
    let _ = meet(&mut world, fault, path, revoke).await;
    revoke(&world).await.unwrap();
    let invitations = world.workos.names(Collection::Invitations);
    assert_eq!(invitations, ["bob@example.test Acme member revoked"], "{fault:?}");
}

#[tokio::test]
async fn every_change_succeeds_without_duplicates_after_every_fault() {
    let all = async {
        let mut running = tokio::task::JoinSet::new();
        for fault in Name::ALL {
            running.spawn_local(try_organization(fault));
            running.spawn_local(try_membership(fault));
            running.spawn_local(try_invitation(fault));
        }
        running.join_all().await;
    };
    tokio::task::LocalSet::new().run_until(all).await;
}
