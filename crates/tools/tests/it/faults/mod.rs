//! Every fault on every upstream call of every step of an agent's journey: the agent gets the right
//! failure, nothing is created twice, and the next try succeeds.

mod call_budget_fairness;
mod call_deadline;
mod expected_failures;
mod fault_case;
mod journey;
pub(crate) mod recorded_step_calls;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use covibe_testkit::{Options, Provisioned, World};
use covibe_upstream::Expiry;
use tokio::sync::OnceCell;
use tokio::task::JoinSet;

use expected_failures::Scenario;
use fault_case::Case;
use journey::Step;
use recorded_step_calls::UpstreamCall;

/// The timeout of one attempt. None takes that long: the tests expire those that are to time out.
const ATTEMPT: Duration = Duration::from_mins(1);

/// The timeout of a call, longer than all attempts of a call that meets one fault.
const DEADLINE: Duration = Duration::from_mins(2);

/// The delay with which an upstream may carry out a creation.
const LATE: Duration = Duration::from_millis(300);

/// The time that a deployment stays queued, and then in progress: until the tests move the
/// simulator's clock. It must still be under way when a call that started it is repeated.
const PACE: Duration = Duration::from_hours(1);

/// The number of worlds that share the cases of a test of lasting faults.
const LANES: usize = 4;

fn options() -> Options {
    let (expiry, provisioned) = (Expiry::by_hand(), Provisioned::Mark);
    let options = Options { attempt: ATTEMPT, expiry, provisioned, ..Options::default() };
    let mut options = options.with_deadline(DEADLINE).with_settings(|it| it.late = LATE);
    options.coolify.pace = PACE;
    options
}

/// Makes each group of tests run once for each step of the journey.
macro_rules! for_each_step {
    ($($group:ident = $run:path;)+) => {
        $(mod $group {
            use super::Step;
            for_each_step!(@each $run:
                create_app: CreateApp, create_image_app: CreateImageApp,
                create_database: CreateDatabase, set_url: SetUrl, create_auth: CreateAuth,
                deploy: Deploy, poll: Poll, read_log: ReadLog);
        })+
    };
    (@each $run:path: $($name:ident: $step:ident),+) => {
        $(#[tokio::test(flavor = "multi_thread")] async fn $name() { $run(Step::$step).await; })+

        #[test]
        fn the_generated_tests_cover_every_step() {
            assert_eq!([$(Step::$step),+], Step::ALL);
        }
    };
}

for_each_step! {
    lasting_faults_are_reported_correctly_and_create_no_duplicates = super::meet_lasting_faults;
    a_single_retryable_fault_is_not_noticed_by_the_caller = super::overcome_single_faults;
}

async fn meet_lasting_faults(step: Step) {
    let all = Scenario::all(ATTEMPT);
    let mut cases = Vec::new();
    for call in calls(step).await {
        // A start goes on with what was known of the server before; a deletion does not.
        let is_deletion = format!("{step:?}").contains("Delete");
        let is_known = (call.path == "/servers/*$" && !is_deletion)
            || (call.path == "/servers$" && step == Step::Deploy);
        let noticed = |scenario: &&Scenario| !is_known && !scenario.is_worked_around(&call);
        let scenarios: Vec<_> = all.iter().filter(noticed).cloned().collect();
        // The next try sees what took effect, so such a fault needs a journey of its own.
        let (alone, together): (Vec<_>, Vec<_>) =
            scenarios.iter().cloned().partition(|scenario| scenario.takes_effect(&call));
        let groups = alone.into_iter().map(|scenario| vec![scenario]).chain([together]);
        cases.extend(groups.map(|scenarios| (vec![call.clone()], scenarios)));
    }
    run(step, cases, true).await;
}

async fn overcome_single_faults(step: Step) {
    let calls = calls(step).await;
    let mut cases = Vec::new();
    for scenario in Scenario::all(ATTEMPT) {
        let met = calls.iter().filter(|call| scenario.is_overcome(call));
        let met: Vec<_> = met.cloned().collect();
        if !met.is_empty() {
            cases.push((met, vec![scenario]));
        }
    }
    run(step, cases, false).await;
}

/// Returns every upstream call of a step.
async fn calls(step: Step) -> Vec<UpstreamCall> {
    static CALLS: OnceCell<Vec<(Step, UpstreamCall)>> = OnceCell::const_new();
    let all = CALLS.get_or_init(async || {
        let mut world = World::start(options()).await.expect("SQLite is built in");
        let calls = recorded_step_calls::of_the_journey(&mut world).await;
        world.stop().await;
        calls
    });
    let of_step = all.await.iter().filter(|(of, _)| *of == step);
    let calls: Vec<_> = of_step.map(|(_, call)| call.clone()).collect();
    assert!(!calls.is_empty(), "{step:?} calls no upstream");
    calls
}

/// Runs the cases, given as the calls that faults meet and these faults.
async fn run(step: Step, mut cases: Vec<(Vec<UpstreamCall>, Vec<Scenario>)>, lasts: bool) {
    assert!(!cases.is_empty(), "there are no cases");
    // The longest ones are taken first, from the end.
    cases.sort_by_key(|(calls, scenarios)| calls.len().max(scenarios.len()));
    let cases = cases.into_iter().enumerate().map(|(number, (calls, scenarios))| Case {
        name: format!("site{number}"),
        step,
        calls,
        scenarios,
        lasts,
    });
    // Where calls are counted, each case needs a world in which nothing has been created before.
    let lanes_wanted = if lasts { LANES } else { cases.len() };
    let queue = Arc::new(Mutex::new(cases.collect()));
    let mut lanes = JoinSet::new();
    for _ in 0..lanes_wanted {
        lanes.spawn(lane(Arc::clone(&queue)));
    }
    lanes.join_all().await;
}

/// Runs cases in a world of its own until none is left.
async fn lane(queue: Arc<Mutex<Vec<Case>>>) {
    let next = || queue.lock().expect("the queue").pop();
    let Some(mut case) = next() else { return };
    let mut world = World::start(options()).await.expect("SQLite is built in");
    let mut failures = BTreeMap::new();
    loop {
        for outcome in case.run(&mut world).await {
            *failures.entry(outcome).or_insert(0_usize) += 1;
        }
        match next() {
            Some(next) => case = next,
            None => break,
        }
    }
    world.restart().await;
    assert_eq!(audited_failures(&world).await, failures, "the audit has every failure");
    world.stop().await;
}

/// Counts the failures in the audit by tool and outcome.
async fn audited_failures(world: &World) -> BTreeMap<(String, String), usize> {
    let record = &world.mark.record;
    let mut tx = world.store.tenant_read(&record.tenant).await.expect("a transaction");
    let entries = tx.audit(&record.id, 1_000_000).await.expect("entries");
    tx.commit().await.expect("a commit");
    let failed = entries.into_iter().filter(|each| !["started", "ok"].contains(&&*each.outcome));
    failed.fold(BTreeMap::new(), |mut counted, each| {
        *counted.entry((each.tool, each.outcome)).or_insert(0) += 1;
        counted
    })
}
