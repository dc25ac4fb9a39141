//! Devices: a code that a person approves, and keys that are delivered once, with what the person may do by then.

use covibe_domain::entities::{AgentType, KeyAccess, KeyScope, ProvisionStatus, Role};
use covibe_domain::{Actor, Kind, UserId};
use covibe_identity::{
    ApprovedDevice, DevicePoll, Identity, MINTED_A_DAY, NewDevice, StartedDevice,
};
use covibe_policy::Principal;
use covibe_store::{Membership, User, UserCredentials, WorkspaceMember};

use crate::fixture::*;

on_both!(
    an_approved_device_gets_a_key_for_each_agent_once,
    a_device_is_approved_once_and_only_by_a_person,
    a_denied_device_gets_nothing,
    approvals_of_a_removed_person_do_not_count,
    an_approval_is_void_once_the_approver_left_the_workspace,
    a_delivery_beyond_the_daily_limit_delivers_no_key_and_can_be_repeated,
    guesses_of_user_codes_are_limited_by_person_and_address,
    devices_that_an_address_starts_are_limited,
    devices_that_the_networks_of_a_site_start_are_limited,
    user_codes_that_are_guessed_from_a_site_are_limited,
    concurrent_instances_deliver_the_keys_of_a_device_once,
    a_delivery_during_the_removal_of_its_approver_leaves_no_keys_and_neither_fails,
);

/// A person of the tenant with this role in it.
pub(super) async fn person(fixture: &Fixture, name: &str, role: Role) -> UserId {
    let user = User {
        id: format!("usr_{name}0").parse().unwrap(),
        email: format!("{name}@example.com").parse().unwrap(),
        name: name.to_owned(),
        photo: None,
        created_at: now(),
        proved_at: Some(now()),
        made_in: None,
    };
    let email = covibe_identity::email_digest(&user.email);
    let by = UserCredentials { email, provider: None, password: None };
    let mut tx = fixture.store.tenant(&tenant()).await.unwrap();
    tx.insert_user(&user, &by).await.unwrap();
    let id = user.id.clone();
    let (user, created_at) = (user.id, now());
    let membership = Membership { user, tenant: tenant(), role, created_at, made_by: None };
    tx.insert_membership(&membership).await.unwrap();
    tx.commit().await.unwrap();
    id
}

/// Makes a person a member of the workspace, or removes them.
pub(super) async fn opens(fixture: &Fixture, user: &UserId, is_open: bool) {
    let workspace = record(ProvisionStatus::Ready).id;
    let mut tx = fixture.store.tenant(&tenant()).await.unwrap();
    if is_open {
        let member = WorkspaceMember { workspace, user: user.clone(), role: Role::Member };
        tx.put_workspace_member(&member, now()).await.unwrap();
    } else {
        tx.delete_workspace_member(&workspace, user).await.unwrap();
    }
    tx.commit().await.unwrap();
}

pub(super) fn principal(user: &UserId) -> Principal {
    Principal {
        tenant: tenant(),
        workspace: record(ProvisionStatus::Ready).id,
        slug: "acme".parse().unwrap(),
        actor: Actor::Person(user.clone()),
        scope: KeyScope::Tenant,
        granted: KeyAccess::Full,
        session: None,
        narrowed: false,
    }
}

pub(super) fn laptop() -> NewDevice {
    let agents = vec![AgentType::ClaudeCode, AgentType::Cursor];
    NewDevice { machine: "Ada's laptop".to_owned(), agents, address: None }
}

async fn start(fixture: &Fixture) -> StartedDevice {
    fixture.identity.start_device(laptop()).await.unwrap()
}

async fn decide(fixture: &Fixture, by: &UserId, device: &StartedDevice, is_approved: bool) {
    let request = fixture.identity.device_request(by, &device.user_code, None).await.unwrap();
    fixture.identity.decide_device(&principal(by), &request, is_approved).await.unwrap();
}

async fn poll(fixture: &Fixture, device: &StartedDevice) -> DevicePoll {
    fixture.identity.poll_device(device.device_code.expose()).await.unwrap()
}

async fn poll_approved(fixture: &Fixture, device: &StartedDevice) -> ApprovedDevice {
    match poll(fixture, device).await {
        DevicePoll::Approved(approved) => approved,
        other => panic!("not approved: {other:?}"),
    }
}

async fn an_approved_device_gets_a_key_for_each_agent_once(fixture: Fixture) {
    fixture.set(ProvisionStatus::Ready).await;
    let ada = person(&fixture, "ada", Role::Admin).await;
    let device = start(&fixture).await;
    let code = device.user_code.to_lowercase().replace('-', " ");
    let request = fixture.identity.device_request(&ada, &code, None).await.unwrap();
    assert_eq!(
        (request.code(), request.machine.as_str()),
        (device.user_code.clone(), "Ada's laptop")
    );
    assert_eq!(request.agents, laptop().agents);
    fixture.identity.decide_device(&principal(&ada), &request, true).await.unwrap();
    let approved = poll_approved(&fixture, &device).await;
    assert_eq!(
        (&approved.by.actor, approved.by.scope),
        (&Actor::Person(ada.clone()), KeyScope::Tenant)
    );
    let delivered = fixture.identity.deliver_device(&approved).await.unwrap().unwrap();
    let names: Vec<_> = delivered.keys.iter().map(|(_, key)| key.key.name.as_deref()).collect();
    assert_eq!(names, [Some("Ada's laptop (claude-code)"), Some("Ada's laptop (cursor)")]);
    for (agent, minted) in &delivered.keys {
        assert_eq!((minted.key.agent_type, minted.key.scope), (Some(*agent), KeyScope::Workspace));
        assert!(minted.key.expires_at.is_some(), "in 90 days");
        let caller = fixture.call(&minted.token).await.unwrap();
        assert_eq!(caller.principal.access(), KeyAccess::Full);
        let mut tx = fixture.store.tenant(&tenant()).await.unwrap();
        assert_eq!(tx.minter_of(&minted.key.id).await.unwrap(), Some(ada.clone()));
        drop(tx);
    }
    assert!(fixture.identity.deliver_device(&approved).await.unwrap().is_none());
    assert!(matches!(poll(&fixture, &device).await, DevicePoll::Consumed));
    assert_eq!(fixture.identity.keys(&principal(&ada)).await.unwrap().len(), 2);
    // The person leaves, and with them the keys of their devices.
    person(&fixture, "eve", Role::Admin).await;
    fixture.identity.leave(&principal(&ada)).await.unwrap();
    assert!(fixture.call(&delivered.keys[0].1.token).await.is_err());
}

async fn a_device_is_approved_once_and_only_by_a_person(fixture: Fixture) {
    let ada = person(&fixture, "ada", Role::Admin).await;
    let device = start(&fixture).await;
    assert!(matches!(poll(&fixture, &device).await, DevicePoll::Pending));
    let DevicePoll::SlowDown(wait) = poll(&fixture, &device).await else { panic!("too early") };
    assert_eq!(wait.as_secs(), 10);
    let request = fixture.identity.device_request(&ada, &device.user_code, None).await.unwrap();
    let key = fixture.key(KeyScope::Tenant, None).await;
    let by_key = fixture.call(&key.token).await.unwrap().principal;
    let narrowed = Principal { narrowed: true, ..principal(&ada) };
    for by in [by_key, narrowed] {
        let refused = fixture.identity.decide_device(&by, &request, true).await.unwrap_err();
        assert_eq!(refused.kind, Kind::Forbidden);
    }
    for unknown in ["", "BCDF-GHJK", "x", device.device_code.expose()] {
        let refused = fixture.identity.device_request(&ada, unknown, None).await.unwrap_err();
        assert_eq!(refused.kind, Kind::NotFound, "{unknown}");
    }
    for unknown in ["", device.user_code.as_str(), "x"] {
        let polled = fixture.identity.poll_device(unknown).await.unwrap();
        assert!(matches!(polled, DevicePoll::Expired), "{unknown}: {polled:?}");
    }
    fixture.identity.decide_device(&principal(&ada), &request, true).await.unwrap();
    let again = fixture.identity.decide_device(&principal(&ada), &request, false).await;
    assert_eq!(again.unwrap_err().kind, Kind::NotFound, "it is decided");
    assert_eq!(
        fixture.identity.device_request(&ada, &device.user_code, None).await.unwrap_err().kind,
        Kind::NotFound
    );
}

async fn a_denied_device_gets_nothing(fixture: Fixture) {
    let ada = person(&fixture, "ada", Role::Admin).await;
    let device = start(&fixture).await;
    decide(&fixture, &ada, &device, false).await;
    for _ in 0..2 {
        assert!(matches!(poll(&fixture, &device).await, DevicePoll::Denied));
    }
    assert!(fixture.identity.keys(&principal(&ada)).await.unwrap().is_empty());
}

async fn approvals_of_a_removed_person_do_not_count(fixture: Fixture) {
    let ada = person(&fixture, "ada", Role::Admin).await;
    let bob = person(&fixture, "bob", Role::Admin).await;
    let [before, between] = [start(&fixture).await, start(&fixture).await];
    decide(&fixture, &bob, &before, true).await;
    decide(&fixture, &bob, &between, true).await;
    let approved = poll_approved(&fixture, &between).await;
    fixture.identity.remove_member(&principal(&ada), &bob).await.unwrap();
    assert!(matches!(poll(&fixture, &before).await, DevicePoll::Denied));
    assert!(fixture.identity.deliver_device(&approved).await.unwrap().is_none());
    assert!(matches!(poll(&fixture, &between).await, DevicePoll::Denied));
    assert!(fixture.identity.keys(&principal(&ada)).await.unwrap().is_empty());
}

async fn an_approval_is_void_once_the_approver_left_the_workspace(fixture: Fixture) {
    let bob = person(&fixture, "bob", Role::Member).await;
    opens(&fixture, &bob, true).await;
    let [kept, lost] = [start(&fixture).await, start(&fixture).await];
    decide(&fixture, &bob, &kept, true).await;
    decide(&fixture, &bob, &lost, true).await;
    let approved = poll_approved(&fixture, &kept).await;
    assert_eq!(approved.by.scope, KeyScope::Workspace);
    assert!(fixture.identity.deliver_device(&approved).await.unwrap().is_some());
    opens(&fixture, &bob, false).await;
    assert!(matches!(poll(&fixture, &lost).await, DevicePoll::Denied));
}

async fn a_delivery_beyond_the_daily_limit_delivers_no_key_and_can_be_repeated(fixture: Fixture) {
    let ada = person(&fixture, "ada", Role::Admin).await;
    let device = start(&fixture).await;
    decide(&fixture, &ada, &device, true).await;
    let approved = poll_approved(&fixture, &device).await;
    let strict = Identity::new(fixture.store.clone(), 1, &keys());
    let refused = strict.deliver_device(&approved).await.unwrap_err();
    assert_eq!(refused.kind, Kind::Limited, "one a day, and it has two agents");
    assert!(fixture.identity.keys(&principal(&ada)).await.unwrap().is_empty(), "all or none");
    assert!(fixture.identity.deliver_device(&approved).await.unwrap().is_some());
}

async fn guesses_of_user_codes_are_limited_by_person_and_address(fixture: Fixture) {
    let instances =
        [&fixture.identity, &Identity::new(fixture.store.clone(), MINTED_A_DAY, &keys())];
    let (ada, eve) = (person(&fixture, "ada", Role::Admin).await, "usr_eve0".parse().unwrap());
    for number in 0..10 {
        let guess = instances[number % 2].device_request(&eve, "BCDF-GHJK", None).await;
        assert_eq!(guess.unwrap_err().kind, Kind::NotFound);
    }
    let device = start(&fixture).await;
    for instance in instances {
        let refused = instance.device_request(&eve, &device.user_code, None).await.unwrap_err();
        assert_eq!(refused.kind, Kind::Limited);
        assert!(refused.retry_after.is_some());
    }
    decide(&fixture, &ada, &device, true).await;
    let address = Some("192.0.2.1".parse().unwrap());
    // Refused guesses use nothing of the limit of their address.
    for _ in 0..20 {
        let refused = fixture.identity.device_request(&eve, "BCDF-GHJK", address).await;
        assert_eq!(refused.unwrap_err().kind, Kind::Limited);
    }
    for number in 0..20 {
        let user = format!("usr_guest{number}").parse().unwrap();
        let guess = fixture.identity.device_request(&user, "BCDF-GHJK", address).await;
        assert_eq!(guess.unwrap_err().kind, Kind::NotFound);
    }
    let guess = fixture.identity.device_request(&ada, "BCDF-GHJK", address).await;
    assert_eq!(guess.unwrap_err().kind, Kind::Limited);
}

async fn devices_that_an_address_starts_are_limited(fixture: Fixture) {
    let instances =
        [&fixture.identity, &Identity::new(fixture.store.clone(), MINTED_A_DAY, &keys())];
    let from = |address: &str| NewDevice { address: Some(address.parse().unwrap()), ..laptop() };
    for number in 0..10 {
        instances[number % 2].start_device(from("192.0.2.1")).await.unwrap();
    }
    let refused = instances[1].start_device(from("192.0.2.1")).await.unwrap_err();
    assert_eq!(refused.kind, Kind::Limited);
    instances[0].start_device(from("192.0.2.2")).await.unwrap();
}

async fn devices_that_the_networks_of_a_site_start_are_limited(fixture: Fixture) {
    let start = async |address: String| {
        let new = NewDevice { address: Some(address.parse().unwrap()), ..laptop() };
        fixture.identity.start_device(new).await.map(drop)
    };
    let mut started = 0;
    for network in 0..200 {
        match start(format!("2001:db8:1:{network:x}::1")).await {
            Ok(()) => started += 1,
            Err(refused) => {
                assert_eq!(refused.kind, Kind::Limited);
                assert!(refused.retry_after.is_some_and(|wait| wait.as_secs() <= 5));
            }
        }
    }
    // One more every five seconds, in case this takes long.
    assert!((60..120).contains(&started), "{started}");
    start("2001:db8:2:1::1".to_owned()).await.unwrap();
}

async fn user_codes_that_are_guessed_from_a_site_are_limited(fixture: Fixture) {
    let guess = async |number: usize, address: String| {
        let (user, address) = (format!("usr_guest{number}"), address.parse().unwrap());
        let user = user.parse().unwrap();
        fixture.identity.device_request(&user, "BCDF-GHJK", Some(address)).await.unwrap_err().kind
    };
    for number in 0..60 {
        let kind = guess(number, format!("2001:db8:1:{number:x}::1")).await;
        assert_eq!(kind, Kind::NotFound, "{number}");
    }
    let mut number = 60;
    // One more is possible every five seconds, in case this takes long.
    while guess(number, format!("2001:db8:1:{number:x}::1")).await != Kind::Limited {
        number += 1;
        assert!(number < 120, "the site is not limited");
    }
    assert_eq!(guess(number, "2001:db8:2:1::1".to_owned()).await, Kind::NotFound);
}

async fn concurrent_instances_deliver_the_keys_of_a_device_once(fixture: Fixture) {
    let other = Identity::new(fixture.store.clone(), MINTED_A_DAY, &keys());
    let ada = person(&fixture, "ada", Role::Admin).await;
    let device = start(&fixture).await;
    decide(&fixture, &ada, &device, true).await;
    let approved = poll_approved(&fixture, &device).await;
    let deliver =
        async |identity: &Identity| identity.deliver_device(&approved).await.unwrap().is_some();
    let identity = &*fixture.identity;
    let delivered = tokio::join!(deliver(identity), deliver(&other), deliver(identity));
    let delivered = [delivered.0, delivered.1, delivered.2];
    assert_eq!(delivered.iter().filter(|delivered| **delivered).count(), 1, "{delivered:?}");
    assert_eq!(fixture.identity.keys(&principal(&ada)).await.unwrap().len(), 2);
    for identity in [identity, &other] {
        let polled = identity.poll_device(device.device_code.expose()).await.unwrap();
        assert!(matches!(polled, DevicePoll::Consumed), "{polled:?}");
    }
}

/// PostgreSQL aborts one of two transactions that lock the tenant and the device in opposite orders.
async fn a_delivery_during_the_removal_of_its_approver_leaves_no_keys_and_neither_fails(
    fixture: Fixture,
) {
    let by = principal(&person(&fixture, "ada", Role::Admin).await);
    for round in 0..20 {
        let bob = person(&fixture, &format!("bob{round}"), Role::Admin).await;
        let device = start(&fixture).await;
        decide(&fixture, &bob, &device, true).await;
        let approved = poll_approved(&fixture, &device).await;
        let (delivered, removed) = tokio::join!(
            fixture.identity.deliver_device(&approved),
            fixture.identity.remove_member(&by, &bob),
        );
        delivered.unwrap();
        removed.unwrap();
        assert!(fixture.identity.keys(&by).await.unwrap().is_empty());
    }
}
