//! A server that is killed while it creates something: another one finishes it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use covibe_domain::{CellName, Kind};
use covibe_sandbox::faults::{Fault, Name};
use covibe_store::HandOver;
use covibe_testkit::{AgentAnswer, Options, World};
use covibe_workspace::CloneProtocol;
use tokio::runtime::Runtime;

use super::{
    DEADLINE, Sort, WantedResource, is_busy, on_each_database, on_each_database_with, repo,
};
use crate::BUSY_MACHINE;
use crate::faults::recorded_step_calls::{self, Upstream, UpstreamCall};

/// When a server is killed.
#[derive(Clone, Debug)]
enum When {
    /// As soon as it waits for the answer to this call.
    At(UpstreamCall),
    /// While it reads a long answer to this call, which took effect.
    Answered(UpstreamCall),
    /// So long after the call came.
    After(Duration),
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creation_interrupted_by_a_killed_server_is_completed_by_the_next_call() {
    finished_by_the_next(|repo, name| WantedResource::of_each_sort(repo, name).to_vec()).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_creation_from_files_of_a_killed_server_is_completed_by_the_next_call() {
    finished_by_the_next(|_, name| vec![WantedResource::files(name)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_ssh_app_of_a_killed_server_is_completed_by_the_next_call_with_one_key() {
    let options = Options::default().with_settings(|it| it.clone_protocol = CloneProtocol::Ssh);
    on_each_database_with(options, async |world| {
        finish_by_the_next(world, |repo, name| vec![WantedResource::ssh_app(repo, name)]).await;
        // What is left of attempts is removed with the next creation, once nothing may come late.
        WantedResource::ssh_app("site-code", "site-last").create_ok(&world.mark.agent).await;
        let mut apps = world.operator().coolify_list("/applications").await;
        apps.retain(|app| app["git_repository"].to_string().contains("vibn-mark/"));
        let keys = world.operator().private_keys("vibn-ws-mark-clone").await;
        let opened = world.operator().gitea_list("/repos/vibn-mark/site-code/keys").await;
        let of_keys: BTreeSet<_> = keys.iter().map(|key| key["public_key"].to_string()).collect();
        let of_repo: BTreeSet<_> = opened.iter().map(|key| key["key"].to_string()).collect();
        assert_eq!(of_keys, of_repo);
        let used = apps.iter().map(|app| (app["private_key_id"].as_i64(), &app["name"]));
        let used: BTreeMap<_, _> = used.collect();
        let told =
            format!("{used:?} {:?}", apps.iter().map(|app| &app["name"]).collect::<Vec<_>>());
        assert!(used.len() == apps.len() && !used.contains_key(&None), "{told}");
        assert_eq!((keys.len(), opened.len()), (apps.len(), apps.len()), "{told}");
    })
    .await;
}

/// Kills servers while they create what `each` names, at every moment, and has it created again.
async fn finished_by_the_next(each: impl Fn(&str, &str) -> Vec<WantedResource>) {
    on_each_database(async |world| finish_by_the_next(world, &each).await).await;
}

async fn finish_by_the_next(world: &mut World, each: impl Fn(&str, &str) -> Vec<WantedResource>) {
    let repo = repo(world).await;
    let (mut begun, mut unmet) = (Vec::new(), Vec::new());
    let moments = moments(world, each(&repo, "site-recorded")).await;
    for (number, moment) in moments.into_iter().enumerate() {
        for wanted in each(&repo, &format!("site{number}")) {
            if moment.concerns(&wanted) {
                free_places(world).await;
                let start = Instant::now();
                if !kill(world, &wanted, &moment.when) {
                    unmet.push((wanted, moment.when.clone()));
                    continue;
                }
                if let When::Answered(_) = moment.when {
                    let early = wanted.ask(&world.mark.agent).await;
                    // The claim stands at least for as long as the call had.
                    let stands = start.elapsed() < DEADLINE;
                    assert!(is_busy(&early) || !stands, "{wanted:?}: {}", early.text);
                    if !is_busy(&early) {
                        assert_eq!(early.status, 200, "{wanted:?}: {}", early.text);
                        assert_eq!(wanted.count(world), 1, "{wanted:?}");
                        continue;
                    }
                }
                begun.push((wanted, moment.when.clone()));
            }
        }
    }
    // On a busy machine a call may have been recorded that was made once more, or of something that went on beside it.
    assert!(unmet.len() <= 2, "{unmet:?}");
    for (wanted, when) in &begun {
        let answer = patient(world, wanted).await;
        // One that was finished before it was killed is there, and its name taken.
        let finished = matches!(when, When::After(_)) && answer.status == 409;
        assert!(answer.status == 200 || finished, "{wanted:?} {when:?}: {}", answer.text);
        assert_eq!(wanted.count(world), 1, "{wanted:?} {when:?}");
    }
}

/// A moment, and of which sort what is created then is. Nothing named means everything.
struct Moment {
    when: When,
    of: Option<Sort>,
}

impl Moment {
    fn concerns(&self, wanted: &WantedResource) -> bool {
        self.of.is_none_or(|of| of == wanted.sort())
    }
}

/// Each upstream call of each sort, and some moments in between.
async fn moments(world: &mut World, each: Vec<WantedResource>) -> Vec<Moment> {
    let mut moments = Vec::new();
    for wanted in each {
        world.restart().await;
        recorded_step_calls::clear(world);
        wanted.create_ok(&world.mark.agent).await;
        let made = Upstream::ALL
            .into_iter()
            .flat_map(|upstream| recorded_step_calls::received_calls(world, upstream));
        let of = Some(wanted.sort());
        let whens = made.flat_map(|call| {
            let answered = (!call.only_reads()).then(|| When::Answered(call.clone()));
            [Some(When::At(call)), answered].into_iter().flatten()
        });
        moments.extend(whens.map(|when| Moment { when, of }));
    }
    let times = (0..6_u64).map(|step| Duration::from_millis(step * step * 2));
    moments.extend(times.map(|time| Moment { when: When::After(time), of: None }));
    moments
}

/// Kills a server that begins a creation while it reads the answer to it.
pub(super) fn kill_answered(world: &World, wanted: &WantedResource) {
    let path = format!("{}$", wanted.path);
    let method = "POST".to_owned();
    let call = UpstreamCall { upstream: Upstream::Coolify, method, path, earlier: 0 };
    assert!(kill(world, wanted, &When::Answered(call)), "{wanted:?}: it was not answered");
}

/// Lets a server of its own begin a creation, and kills it. Returns whether the moment came.
fn kill(world: &World, wanted: &WantedResource, when: &When) -> bool {
    recorded_step_calls::clear(world);
    match when {
        When::At(call) => call.arm(world, Fault::new(Name::Hang), call.earlier),
        When::Answered(call) => call.arm(world, Fault::new(Name::Huge), call.earlier),
        When::After(_) => {}
    }
    let has_come = tokio::task::block_in_place(|| {
        std::thread::scope(|scope| scope.spawn(|| begin(world, wanted, when)).join())
    });
    recorded_step_calls::disarm(world);
    has_come.expect("a killed server")
}

/// Frees the places of what earlier servers handed over, or were handing over when they were killed: a call that waits for
/// a place is not killed in the middle of its hand-over.
async fn free_places(world: &World) {
    for open in world.store.open_deployments(&CellName::default()).await.expect("the queue") {
        let mut tx = world.store.tenant(&open.tenant).await.expect("a transaction");
        let killed = HandOver::Failed("Its server was killed.".to_owned());
        let settled = tx.settle_queued_deployment(&open.workspace, &open.id, &killed).await;
        settled.expect("it was being handed over, or not");
        tx.end_handed_deployment(&open.workspace, &open.id)
            .await
            .expect("it was handed over, or not");
        tx.commit().await.expect("a commit");
    }
}

/// All that a process has is on its runtime, and dies with it.
fn begin(world: &World, wanted: &WantedResource, when: &When) -> bool {
    let runtime = Runtime::new().expect("a runtime");
    let process = runtime.block_on(world.process());
    let has_come = runtime.block_on(async {
        let call = process.call(&world.mark, wanted.tool, wanted.params.clone());
        tokio::select! {
            ended = call => {
                let fails_with = |kind| matches!(&ended, Err(failure) if failure.kind == kind);
                // On a busy machine the deadline may come before the kill, and leaves the same; that of the database
                // ends the call before it reaches the moment.
                let (is_late, is_unready) = (fails_with(Kind::Timeout), fails_with(Kind::Unready));
                let is_after = matches!(when, When::After(_));
                let is_expected = is_after || is_late || is_unready || ended.is_ok();
                assert!(is_expected, "{wanted:?} {when:?}: {ended:?}");
                is_after || is_late
            }
            () = reached(world, when) => true,
        }
    });
    runtime.shutdown_timeout(Duration::from_secs(1));
    has_come
}

async fn reached(world: &World, when: &When) {
    match when {
        When::At(call) => recorded_step_calls::wait_for_call(world, call, |_| true).await,
        When::Answered(call) => {
            recorded_step_calls::wait_for_call(world, call, |request| request.status.is_some())
                .await;
        }
        When::After(time) => tokio::time::sleep(*time).await,
    }
}

/// Asks again as long as the killed server's claim stands, which is no longer than its call had.
pub(super) async fn patient(world: &World, wanted: &WantedResource) -> AgentAnswer {
    let end = Instant::now() + DEADLINE + Duration::from_secs(1);
    loop {
        let answer = wanted.ask(&world.mark.agent).await;
        let is_late = answer.status == 504 && Instant::now() < end + BUSY_MACHINE;
        if !is_late && (!is_busy(&answer) || Instant::now() > end) {
            return answer;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
