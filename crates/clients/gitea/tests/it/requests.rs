//! Every request of ours against Gitea's published description.

use crate::calls::{CALLS, World};
use crate::contract::{Contract, Sent};

#[tokio::test]
async fn requests_are_as_described() {
    let contract = Contract::of("gitea");
    let world = World::new().await;
    for call in CALLS {
        world.make(call.name).await.unwrap();
    }
    let requests = world.simulator.requests();
    assert!(requests.len() > CALLS.len());
    let complaints: Vec<String> = requests
        .iter()
        .flat_map(|request| {
            contract.complaints(&Sent {
                method: &request.method,
                path: request.path.strip_prefix("/api/v1").unwrap(),
                query: request.query.keys().map(String::as_str).collect(),
                body: request.body.as_ref(),
            })
        })
        .collect();
    assert!(complaints.is_empty(), "{complaints:#?}");
}
