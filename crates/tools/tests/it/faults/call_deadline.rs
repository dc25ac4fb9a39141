//! A call that would outlast its deadline ends with it.

use std::time::Duration;

use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit::{Options, World};
use serde_json::json;
use tokio::time::timeout;

/// Longer than a call takes on a busy machine.
const LONG: Duration = Duration::from_mins(1);

#[tokio::test(flavor = "multi_thread")]
async fn a_call_to_a_hanging_upstream_ends_at_its_deadline() {
    let deadline = Duration::from_secs(1);
    // Without a cache, each call asks the upstream.
    let lists_for = Duration::ZERO;
    let attempt = Duration::from_hours(1);
    let options = Options { attempt, lists_for, ..Options::default() }.with_deadline(deadline);
    let world = World::start(options).await.expect("SQLite is built in");
    world.coolify.arm(Fault::new(Name::Hang).times(u32::MAX));
    for (tool, params, changes) in [
        ("databases.list", json!({}), false),
        // A creation knows how far it came: no further than looking.
        ("databases.create", json!({ "type": "redis" }), false),
        (
            "databases.update",
            json!({ "uuid": "zzzz2345zzzz2345zzzz2345", "patch": {}, "restart": true }),
            true,
        ),
    ] {
        // Neither an attempt nor the upstream would end it.
        let call = world.mark.agent.compact_raw(tool, &params);
        let told = timeout(LONG, call).await.unwrap_or_else(|_| panic!("{tool} does not end"));
        assert_eq!(told.status, 504, "{}", told.text);
        if tool == "databases.list" {
            let asked = world.coolify.requests().pop().expect("a request");
            let path = asked.path.trim_start_matches("/api/v1/projects/");
            assert_eq!(path.split('/').count(), 2, "an environment hangs, not {}", asked.path);
        }
        let may_have = told.json()["details"]["mayHaveHappened"] == true;
        assert_eq!(may_have, changes, "{}", told.text);
    }
    world.coolify.disarm();
    world.stop().await;
}
