//! Each fault on each upstream call of each step of worked example 8.1: the agent hears of it in
//! time and rightly, nothing is doubled, and the next try succeeds.

mod budget;
pub(crate) mod calls;
mod journey;
mod late;
mod trouble;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use covibe_domain::Kind;
use covibe_testkit::{Answer, Options, World};
use tokio::task::JoinSet;

use calls::{Upstream, UpstreamCall};
use journey::{Journey, Step};
use trouble::{MARKER, Trouble};

/// For one attempt; long enough for a busy machine.
const ATTEMPT: Duration = Duration::from_millis(1500);

/// For a call; longer than all attempts of a call that meets one fault.
const DEADLINE: Duration = Duration::from_secs(20);

/// How long an upstream may be late with what it was asked to make.
const LATE: Duration = Duration::from_millis(300);

/// How many worlds share the cases.
const LANES: usize = 28;

fn options() -> Options {
    let mut options =
        Options { attempt: ATTEMPT, deadline: DEADLINE, late: LATE, ..Options::default() };
    // A deployment must still be under way when a call that started it is repeated.
    options.coolify.pace = Duration::from_millis(1500);
    options
}

/// Faults on calls of one step, in a journey of their own.
#[derive(Clone, Debug)]
struct Case {
    name: String,
    step: Step,
    calls: Vec<UpstreamCall>,
    /// One after the other, each met by a try of its own.
    troubles: Vec<Trouble>,
    /// Met by every attempt, or by the first one only.
    lasts: bool,
}

#[tokio::test(flavor = "multi_thread")]
async fn lasting_faults_are_told_rightly_and_nothing_is_doubled() {
    let troubles = Trouble::all(ATTEMPT);
    let mut cases = Vec::new();
    for (step, call) in calls().await {
        // What takes effect is seen by the next try, so that it needs a journey of its own.
        let (alone, together): (Vec<_>, Vec<_>) =
            troubles.iter().cloned().partition(|trouble| trouble.takes_effect(&call));
        let groups = alone.into_iter().map(|trouble| vec![trouble]).chain([together]);
        cases.extend(groups.map(|troubles| (step, vec![call.clone()], troubles)));
    }
    run(cases, true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_single_fault_that_is_safe_to_try_again_is_not_noticed() {
    let calls = calls().await;
    let mut cases = Vec::new();
    for (step, trouble) in Step::ALL
        .into_iter()
        .flat_map(|step| Trouble::all(ATTEMPT).into_iter().map(move |trouble| (step, trouble)))
    {
        let met = calls.iter().filter(|(of, call)| *of == step && trouble.is_overcome(call));
        let met: Vec<_> = met.map(|(_, call)| call.clone()).collect();
        if !met.is_empty() {
            cases.push((step, met, vec![trouble]));
        }
    }
    run(cases, false).await;
}

/// Every upstream call of every step.
async fn calls() -> Vec<(Step, UpstreamCall)> {
    let mut world = World::start(options()).await.expect("SQLite is built in");
    let calls = calls::of_the_journey(&mut world).await;
    world.stop().await;
    for step in Step::ALL {
        assert!(calls.iter().any(|(of, _)| *of == step), "{step:?} calls no upstream");
    }
    calls
}

async fn run(mut cases: Vec<(Step, Vec<UpstreamCall>, Vec<Trouble>)>, lasts: bool) {
    assert!(cases.len() >= Step::ALL.len(), "there are {} cases", cases.len());
    // The longest ones are taken first, from the end.
    cases.sort_by_key(|(_, calls, troubles)| calls.len().max(troubles.len()));
    let numbered = cases.into_iter().enumerate();
    let cases: Vec<_> = numbered
        .map(|(number, (step, calls, troubles))| Case {
            name: format!("site{number}"),
            step,
            calls,
            troubles,
            lasts,
        })
        .collect();
    let mut lanes = JoinSet::new();
    let queue = Arc::new(Mutex::new(cases));
    for _ in 0..LANES {
        lanes.spawn(lane(Arc::clone(&queue)));
    }
    lanes.join_all().await;
}

/// Takes cases as long as there are any, in a world of its own.
async fn lane(queue: Arc<Mutex<Vec<Case>>>) {
    let next = || queue.lock().expect("the queue").pop();
    let mut world = World::start(options()).await.expect("SQLite is built in");
    let mut failures = BTreeMap::new();
    while let Some(case) = next() {
        for outcome in case.run(&mut world).await {
            *failures.entry(outcome).or_insert(0_usize) += 1;
        }
    }
    world.restart().await;
    assert_eq!(audited(&world).await, failures, "the audit has every failure");
    world.stop().await;
}

/// How often the audit has each tool with each outcome but success.
async fn audited(world: &World) -> BTreeMap<(String, String), usize> {
    let record = &world.mark.record;
    let mut tx = world.store.tenant_read(&record.tenant).await.expect("a transaction");
    let entries = tx.audit(&record.id, 1_000_000).await.expect("entries");
    tx.commit().await.expect("its end");
    let failed = entries.into_iter().filter(|each| !["started", "ok"].contains(&&*each.outcome));
    failed.fold(BTreeMap::new(), |mut counted, each| {
        *counted.entry((each.tool, each.outcome)).or_insert(0) += 1;
        counted
    })
}

impl Case {
    /// The journey with these faults in it; the outcomes that the audit must have.
    async fn run(&self, world: &mut World) -> Vec<(String, String)> {
        let mut journey = Journey::begin(world, self.name.clone()).await;
        journey.until(world, self.step).await;
        let mut outcomes = Vec::new();
        for trouble in &self.troubles {
            let answer = self.meet(world, &journey, trouble).await;
            if self.lasts {
                outcomes.push(self.check(world, trouble, &answer));
                if self.may_come_late(trouble) {
                    tokio::time::sleep(LATE).await;
                }
            } else {
                assert!(answer.status < 300, "{self:?}: {}", answer.text);
                self.was_met(world);
                journey.keep(self.step, &answer.json());
            }
        }
        if self.lasts {
            journey.take(world, self.step).await;
        }
        journey.finish(world, self.step).await;
        journey.is_there_once(world).await;
        outcomes
    }

    /// A try of the step, by a server that has just started, with this in its way.
    async fn meet(&self, world: &mut World, journey: &Journey, trouble: &Trouble) -> Answer {
        world.restart().await;
        calls::clear(world);
        self.calls.iter().for_each(|call| self.arm(world, call, trouble));
        let begun = Instant::now();
        let answer = journey.attempt(world, self.step).await;
        assert!(begun.elapsed() < DEADLINE + ATTEMPT, "{self:?} took {:?}", begun.elapsed());
        calls::disarm(world);
        assert!(!answer.text.contains(MARKER), "{trouble:?} on {self:?}: {}", answer.text);
        answer
    }

    /// Each call was made once more than it is without a fault.
    fn was_met(&self, world: &World) {
        for call in &self.calls {
            let all = calls::received(world, call.upstream);
            let same = all.iter().filter(|each| each.is_like(call)).count();
            let usual = self.calls.iter().filter(|each| each.is_like(call)).count();
            assert_eq!(same, 2 * usual, "{call:?} in {self:?}");
        }
    }

    fn arm(&self, world: &World, call: &UpstreamCall, trouble: &Trouble) {
        if self.lasts {
            call.arm(world, trouble.fault.clone().times(u32::MAX), call.earlier);
        } else {
            // The first tries of calls like this one are met by the faults of those.
            call.arm(world, trouble.fault.clone(), call.earlier.min(1));
        }
    }

    /// Whether the one call that makes something may do so after its answer was given up.
    fn may_come_late(&self, trouble: &Trouble) -> bool {
        let makes = ["/applications/", "/databases/", "/services$"];
        let creates = |call: &UpstreamCall| {
            call.method == "POST" && makes.iter().any(|path| call.path.starts_with(path))
        };
        trouble.kind == Kind::Timeout && self.calls.iter().any(creates)
    }

    /// What the agent must have been told; what the audit must say.
    fn check(&self, world: &World, trouble: &Trouble, answer: &Answer) -> (String, String) {
        let kind = trouble.kind;
        let what = format!("{trouble:?} on {self:?}: {}", answer.text);
        assert_eq!(answer.status, kind.status(), "{what}");
        let may_have = answer.json()["details"]["mayHaveHappened"] == true;
        let left_open = self.calls.iter().any(|call| trouble.leaves_open(call));
        assert_eq!(may_have, left_open || has_changed(world), "{what}");
        // What may still be made must be waited for, and is left alone until then.
        let waits = answer.headers.contains_key("retry-after");
        let may_come_late = self.may_come_late(trouble);
        assert_eq!(waits, kind == Kind::Limited || may_come_late, "{what}");
        (self.step.tool().to_owned(), kind.code().to_owned())
    }
}

/// Whether an upstream took a change since its log was cleared.
fn has_changed(world: &World) -> bool {
    let requests = Upstream::ALL.into_iter().flat_map(|upstream| upstream.of(world).requests());
    // A deployment of the simulator fetches by POST.
    let changes =
        requests.filter(|each| each.method != "GET" && !each.path.ends_with("/git-upload-pack"));
    let mut answered = changes.map(|each| each.status);
    answered.any(|status| status.is_some_and(|status| status < 300))
}
