//! A call that would outlast its deadline ends with it.

use std::time::{Duration, Instant};

use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit::{Options, World};
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn a_call_ends_with_its_deadline() {
    let deadline = Duration::from_secs(1);
    let options = Options { attempt: Duration::from_secs(30), deadline, ..Options::default() };
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
        let begun = Instant::now();
        let told = world.mark.agent.compact_raw(tool, &params).await;
        assert!(begun.elapsed() < deadline * 4, "{tool} took {:?}", begun.elapsed());
        assert_eq!(told.status, 504, "{}", told.text);
        let may_have = told.json()["details"]["mayHaveHappened"] == true;
        assert_eq!(may_have, changes, "{}", told.text);
    }
    world.coolify.disarm();
    world.stop().await;
}
