//! The rate budgets of the project's APIs: tenants take turns, and polls come last.

use std::sync::Arc;

use covibe_sandbox::google::Cloud;
use covibe_storage::{
    AccountId, BucketName, Error, GoogleConfig, GoogleStorage, Owner, Priority, Share,
};
use covibe_upstream::{Expiry, Rate};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::simulated_google_cloud::{World, config};

/// The number of other calls that wait at any time.
const OTHERS: usize = 20;

/// The name that the call in question looks for.
const OWN: &str = "own";

/// The APIs, each of which has a rate budget of its own.
#[derive(Clone, Copy, Debug)]
enum Api {
    Iam,
    CloudStorage,
}

/// Looks for the account of an owner, or for a bucket, of this name.
async fn look_for(client: &GoogleStorage, api: Api, name: &str) -> Result<(), Error> {
    let owner = Owner::new(name).unwrap();
    match api {
        Api::Iam => client.account(&owner).await.map(drop),
        Api::CloudStorage => {
            client.bucket(&BucketName::parse(name).unwrap(), &owner).await.map(drop)
        }
    }
}

/// Returns how many other calls arrived before the one that looks for [`OWN`].
fn count_before_own(cloud: &Cloud) -> usize {
    let account = AccountId::for_owner(&Owner::new(OWN).unwrap());
    let requests = cloud.requests();
    let mut requests = requests.iter();
    let own = requests.position(|request| {
        let prefix = request.query.get("prefix").map(String::as_str);
        prefix == Some(OWN) || request.path.contains(account.as_str())
    });
    own.unwrap()
}

/// Makes a call of `own` while the other clients call one after the other without end. Returns how many of their calls
/// came first.
async fn call_beside(
    cloud: &Cloud,
    api: Api,
    own: &GoogleStorage,
    others: Vec<GoogleStorage>,
) -> usize {
    // It gets the token of all clients, and takes the only call that can be made at once.
    look_for(own, api, "first").await.unwrap();
    cloud.clear_requests();
    let (waiting, all) = (Arc::new(Semaphore::new(0)), others.len().try_into().unwrap());
    let mut calls = JoinSet::new();
    for other in others {
        let waiting = Arc::clone(&waiting);
        calls.spawn(async move {
            // Nobody else runs before the call waits for its turn.
            waiting.add_permits(1);
            while look_for(&other, api, "other").await.is_ok() {}
        });
    }
    let _all = waiting.acquire_many(all).await.unwrap();
    look_for(own, api, OWN).await.unwrap();
    count_before_own(cloud)
}

/// Returns a client whose APIs each take a call every tenth of a second.
fn slow_client(world: &World) -> GoogleStorage {
    let rate = Rate { per_minute: 600, burst: 1 };
    let config = config(&world.cloud, "covibe-sandbox", Expiry::default());
    GoogleStorage::new(GoogleConfig { rate, ..config }).unwrap()
}

#[tokio::test]
async fn twenty_busy_workspaces_of_a_tenant_do_not_delay_another_tenant() {
    let world = World::new().await;
    for api in [Api::Iam, Api::CloudStorage] {
        let client = slow_client(&world);
        let busy = |number: usize| client.for_share(Share::new("acme", &number.to_string()));
        let others = (0..OTHERS).map(busy).collect();
        let own = client.for_share(Share::new("beta", "shop"));
        let before = call_beside(&world.cloud, api, &own, others).await;
        assert!(before < OTHERS / 2, "{api:?}: {before} calls came first");
    }
}

#[tokio::test]
async fn a_call_that_somebody_waits_for_comes_before_polls_of_the_same_workspace() {
    let world = World::new().await;
    for api in [Api::Iam, Api::CloudStorage] {
        let own = slow_client(&world).for_share(Share::new("acme", "shop"));
        let others = vec![own.at_priority(Priority::Poll); OTHERS];
        let before = call_beside(&world.cloud, api, &own, others).await;
        assert!(before < OTHERS / 2, "{api:?}: {before} calls came first");
    }
}
