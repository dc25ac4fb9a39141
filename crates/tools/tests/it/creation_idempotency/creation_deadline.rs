//! An upstream that is slow: the call ends by itself, in time to say how to go on.

use std::time::Duration;

use covibe_sandbox::faults::{Fault, Name};
use covibe_testkit::{Options, World};
use futures_util::future::join_all;

use super::killed_servers::patient;
use super::{WantedResource, repo};

/// The longest time of a call here. A tenth of it is left for the hint at the next call.
const DEADLINE: Duration = Duration::from_secs(4);

#[tokio::test(flavor = "multi_thread")]
async fn a_creation_past_its_deadline_returns_504_and_can_be_repeated() {
    let options = Options::default().with_deadline(DEADLINE);
    let mut world = World::start(options).await.expect("SQLite is built in");
    let repo = repo(&world).await;
    let mut late = 0;
    for (round, calls) in [2, 3, 5].into_iter().enumerate() {
        // What was listed before is not to spare anybody a call.
        world.restart().await;
        let delay = Fault::new(Name::Delay).delay(DEADLINE / calls).times(1000);
        for method in ["GET", "POST", "PATCH"] {
            world.coolify.arm(delay.clone().on(method, "/"));
        }
        let all = WantedResource::of_each_sort(&repo, &format!("slow{round}"));
        let answers = join_all(all.iter().map(|wanted| wanted.ask(&world.mark.agent))).await;
        world.coolify.disarm();
        for (wanted, answer) in all.iter().zip(answers) {
            if answer.status != 200 {
                late += 1;
                assert_eq!(answer.status, 504, "{wanted:?}: {}", answer.text);
                let may_be_there = answer.json()["details"]["mayHaveHappened"] == true;
                let says = if may_be_there { "epeat the same call" } else { "Nothing was changed" };
                let hint = answer.json()["hint"].to_string();
                assert!(hint.contains(says), "{wanted:?}: {}", answer.text);
                let made = patient(&world, wanted).await;
                assert_eq!(made.status, 200, "{wanted:?}: {}", made.text);
            }
            assert_eq!(wanted.count(&world), 1, "{wanted:?}");
        }
    }
    assert!(late > 5, "{late}");
}
