//! Credentials, addresses, and how many commands are under way.

use std::time::Duration;

use covibe_domain::Failure;
use covibe_registrar::{
    AttemptOutcome, CallError, Cause, Client, Effect, Error, OrderOutcome, Reason, Share,
};
use covibe_sandbox::opensrs::Settings;
use tokio::time::timeout;

use crate::simulated_opensrs::{PASSWORD, World, config, registration};

#[tokio::test]
async fn a_wrong_key_name_or_address_is_reported_as_the_operators_problem() {
    let world = World::new().await;
    let key = world.simulator.token.expose();
    for (name, key) in [("reseller", "0123456789"), ("somebody", key)] {
        let client = Client::new(config(&world.simulator, name, key)).unwrap();
        let error = client.register(&registration("a.com")).await.unwrap_err();
        let Error::Call(CallError { cause, effect, .. }) = &error else { panic!("{error}") };
        assert_eq!((cause, *effect), (&Cause::Unauthorized, Effect::None));
        assert_eq!(Failure::from(error).kind.status(), 503);
    }
    world.simulator.set(Settings { address_allowed: false, ..Settings::default() });
    let error = world.client.balance().await.unwrap_err();
    assert_eq!(error.reason(), Some(Reason::Account));
}

#[tokio::test]
async fn errors_and_debug_output_contain_no_contact_data_passwords_or_keys() {
    let world = World::new().await;
    let wanted = registration("a.zz");
    let error = world.client.register(&wanted).await.unwrap_err();
    let shown = format!(
        "{error} {error:?} {wanted:?} {:?} {:?}",
        world.client,
        Failure::from(error.clone())
    );
    for hidden in [PASSWORD, "Zoë", "O'Neil", "5145550123", "zoe@", world.simulator.token.expose()]
    {
        assert!(!shown.contains(hidden), "{hidden}");
    }
}

/// Returns how many commands were given up on after they were sent.
fn count_abandoned(client: &Client) -> u64 {
    client
        .statistics()
        .count_by_outcome()
        .find(|(ended, _)| *ended == AttemptOutcome::Abandoned)
        .unwrap()
        .1
}

#[tokio::test]
async fn concurrent_lookups_leave_capacity_for_a_purchase() {
    let world = World::new().await;
    let holds: Vec<_> = (0..3).map(|_| world.simulator.hold("POST", "/lookup")).collect();
    let lookups: Vec<_> = (0..3)
        .map(|_| {
            let client = world.client.clone();
            tokio::spawn(async move { client.lookup("a.com", true).await })
        })
        .collect();
    for hold in &holds {
        hold.arrived().await;
    }
    // It waits for its turn: it is given up at once, and was not sent.
    assert!(timeout(Duration::ZERO, world.client.balance()).await.is_err());
    assert_eq!(count_abandoned(&world.client), 0);
    let bought = world.client.register(&registration("a.com")).await.unwrap();
    assert_eq!(bought.standing, OrderOutcome::Active);
    drop(holds);
    for lookup in lookups {
        assert!(lookup.await.unwrap().is_ok());
    }
    assert!(world.client.balance().await.is_ok());
}

#[tokio::test]
async fn waiting_lookups_of_a_share_delay_no_other_share() {
    let world = World::new().await;
    let holds: Vec<_> = (0..3).map(|_| world.simulator.hold("POST", "/lookup")).collect();
    let busy = world.client.for_share(Share::new("acme", "shop"));
    let lookups: Vec<_> = (0..20)
        .map(|_| {
            let client = busy.clone();
            tokio::spawn(async move { client.lookup("a.com", true).await })
        })
        .collect();
    holds[0].arrived().await;
    for number in 1..20 {
        let other = world.client.for_share(format!("share-{number}").as_str());
        other.balance().await.unwrap();
    }
    // A group gets no more turns by more shares: this one was not sent.
    let sibling = world.client.for_share(Share::new("acme", "blog"));
    assert!(timeout(Duration::ZERO, sibling.balance()).await.is_err());
    assert_eq!(count_abandoned(&world.client), 0);
    let bought = busy.register(&registration("a.com")).await.unwrap();
    assert_eq!(bought.standing, OrderOutcome::Active);
    assert_eq!(world.sent_commands().iter().filter(|sent| *sent == "lookup").count(), 1);
    drop(holds);
    for lookup in lookups {
        assert!(lookup.await.unwrap().is_ok());
    }
}
