//! Random schedules of the queue before Coolify: nothing is lost, nothing runs twice, nothing starves, and Coolify never has
//! more than its places.

use std::collections::HashSet;
use std::ops::Range;

use covibe_domain::{AppUuid, CellName};
use covibe_sandbox::coolify::PeakLoad;
use covibe_sandbox::faults::{Fault, Name};
use covibe_store::{Backend, OpenDeployment, QueueState, QueuedDeployment};
use covibe_testkit::{AgentAnswer, Instance, Member};
use fastrand::Rng;

use super::*;

/// The number of schedules; `COVIBE_SCHEDULES` asks for others, as a number or as a range of seeds (`500..1000`).
const SCHEDULES: u64 = 16;

/// The number of events of a schedule.
const EVENTS: usize = 14;

/// The time after which what waits counts as lost.
const STARVED: Duration = Duration::from_mins(2);

/// Coolify's workers; one of them is left to others.
const WORKERS: usize = 4;

/// The maximum of builds at once: `concurrent_builds`.
const BUILDS: usize = 2;

/// The sorts of what is deployed or started.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sort {
    App,
    /// An app that a person deploys by Coolify's page: a lost hand-over of the same app could be taken for that.
    ByHand,
    Stack,
    Database,
}

/// Something that is deployed or started, and whose it is.
struct Resource {
    owner: usize,
    uuid: String,
    sort: Sort,
}

impl Resource {
    /// Returns the call that deploys or starts it.
    fn call(&self, rng: &mut Rng) -> (&'static str, Value) {
        let uuid = &self.uuid;
        match self.sort {
            Sort::App | Sort::ByHand | Sort::Stack => {
                ("apps.deploy", json!({ "uuid": uuid, "force": rng.bool() }))
            }
            Sort::Database => ("databases.control", json!({ "uuid": uuid, "action": "restart" })),
        }
    }
}

/// Two servers over one database and one Coolify.
struct Theatre {
    world: World,
    second: Instance,
    members: Vec<Member>,
    resources: Vec<Resource>,
    peak: PeakLoad,
    /// The deployments that Coolify had at the end of the schedules before.
    known: HashSet<String>,
    /// The number of those that a person began by Coolify's page.
    by_hand: usize,
    /// The events of the schedule, for whoever looks for a mistake.
    events: Vec<String>,
}

/// A deployment that was accepted.
struct Accepted {
    owner: usize,
    uuid: String,
}

impl Theatre {
    async fn open(backend: Backend) -> Option<Self> {
        let mut options = Options { backend, ..Options::default() }.with_settings(|it| {
            it.coolify_workers = WORKERS;
            it.queue_look = Duration::from_millis(20);
            // Longer than a hand-over takes on a busy machine.
            it.queue_lease = Duration::from_secs(4);
            it.start_limits.notice = Duration::from_millis(60);
        });
        options.coolify.look = Some(Duration::from_millis(30));
        let peak = options.coolify.peak.clone();
        let world = World::start(options).await?;
        let sibling = world.sibling(&world.mark, "second").await;
        let members = vec![world.mark.clone(), sibling, world.justine.clone()];
        let second = world.instance();
        let mut theatre = Self {
            world,
            second,
            members,
            resources: Vec::new(),
            peak,
            known: HashSet::new(),
            by_hand: 0,
            events: Vec::new(),
        };
        for owner in 0..theatre.members.len() {
            theatre.furnish(owner).await;
        }
        theatre.wait_until_settled("the beginning").await;
        theatre.peak.take();
        Some(theatre)
    }

    async fn furnish(&mut self, owner: usize) {
        let file = "services: {web: {image: 'nginx:1', expose: ['80']}}";
        for (tool, params, sort) in [
            ("apps.create", json!({ "image": "nginx:1", "name": "one" }), Sort::App),
            ("apps.create", json!({ "image": "nginx:1", "name": "two" }), Sort::App),
            ("apps.create", json!({ "image": "nginx:1", "name": "own" }), Sort::ByHand),
            ("apps.create", json!({ "composeRaw": file, "name": "stack" }), Sort::Stack),
            ("databases.create", json!({ "type": "redis", "name": "cache" }), Sort::Database),
        ] {
            let made = self.members[owner].agent.compact(tool, &params).await;
            let uuid = uuid(&made.unwrap_or_else(|why| panic!("{tool}: {why}")));
            self.resources.push(Resource { owner, uuid, sort });
        }
    }

    fn of_sort(&self, sort: Sort) -> impl Iterator<Item = &Resource> {
        self.resources.iter().filter(move |each| each.sort == sort)
    }

    /// Asks one of the two servers.
    async fn ask(&self, on_second: bool, owner: usize, tool: &str, params: &Value) -> AgentAnswer {
        let member = &self.members[owner];
        if on_second {
            self.second.agent(member).compact_raw(tool, params).await
        } else {
            member.agent.compact_raw(tool, params).await
        }
    }

    /// Asks a third server, which is killed before it may have answered.
    async fn ask_and_kill(&self, owner: usize, tool: &'static str, params: Value, after: Duration) {
        let doomed = self.world.instance();
        let agent = doomed.agent(&self.members[owner]);
        drop(doomed.spawn(async move { drop(agent.compact_raw(tool, &params).await) }));
        tokio::time::sleep(after).await;
        doomed.kill();
    }

    /// Arms a fault of the next hand-over.
    fn arm(&mut self, rng: &mut Rng) {
        let names =
            [Name::DropBefore, Name::DropAfter, Name::Late, Name::Status, Name::StatusAfter];
        let name = names[rng.usize(..names.len())];
        let path = ["/deploy$", "/services/*/start$", "/databases/*/restart$"][rng.usize(..3)];
        let fault = Fault::new(name).status(502).delay(Duration::from_millis(30)).on("POST", path);
        self.events.push(format!("{name:?} of {path}"));
        self.world.coolify.arm(fault);
    }

    /// A person deploys an app by Coolify's page.
    async fn deploy_by_hand(&mut self, rng: &mut Rng) {
        let apps: Vec<_> = self.of_sort(Sort::ByHand).collect();
        let app = rng.choice(apps).expect("an app");
        let body = json!({ "uuid": app.uuid, "force": true });
        // A fault is for ours.
        self.world.coolify.disarm();
        let answer = self.world.operator().ask_coolify("POST", "/deploy", &body).await;
        self.events.push(format!("by hand: {}", answer.status));
        self.by_hand += usize::from(answer.status == 200);
    }

    /// Carries a random schedule out. Returns what was accepted, and how much people deployed.
    async fn perform(&mut self, rng: &mut Rng) -> (Vec<Accepted>, usize) {
        let (mut accepted, before) = (Vec::<Accepted>::new(), self.by_hand);
        self.events.clear();
        for _ in 0..EVENTS {
            let ours: Vec<_> =
                self.resources.iter().filter(|each| each.sort != Sort::ByHand).collect();
            let resource = rng.choice(ours).expect("a resource");
            let owner = resource.owner;
            let (tool, params) = resource.call(rng);
            match rng.u8(..16) {
                0 => self.arm(rng),
                1 => {
                    let after = Duration::from_millis(rng.u64(..40));
                    self.events.push(format!("kill {tool} {params} after {after:?}"));
                    self.ask_and_kill(owner, tool, params, after).await;
                }
                2 if !accepted.is_empty() => {
                    let Accepted { owner, uuid } = &accepted[rng.usize(..accepted.len())];
                    let params = json!({ "uuid": uuid });
                    self.ask(rng.bool(), *owner, "deployments.cancel", &params).await;
                }
                3 => self.deploy_by_hand(rng).await,
                4 => tokio::time::sleep(Duration::from_millis(rng.u64(..30))).await,
                _ => {
                    let answer = self.ask(rng.bool(), owner, tool, &params).await;
                    assert_ne!(answer.status, 429, "{tool} {params}: {}", answer.text);
                    let told = answer.json()["result"].take();
                    self.events
                        .push(format!("{tool} {params}: {} {}", answer.status, told["uuid"]));
                    if answer.status == 200
                        && let Some(uuid) = told["uuid"].as_str().filter(|_| tool == "apps.deploy")
                    {
                        accepted.push(Accepted { owner, uuid: uuid.to_owned() });
                    }
                }
            }
        }
        (accepted, self.by_hand - before)
    }

    async fn open_deployments(&self) -> Vec<OpenDeployment> {
        self.world.store.open_deployments(&CellName::default()).await.expect("the queue")
    }

    /// Waits until nothing is waiting or being handed over, and Coolify has nothing under way.
    async fn wait_until_settled(&self, schedule: &str) {
        let until = tokio::time::Instant::now() + STARVED;
        let is_busy = |each: &OpenDeployment| each.state != QueueState::Handed;
        loop {
            let open = self.open_deployments().await;
            let under_way =
                self.world.operator().coolify("GET", "/deployments", &Value::Null).await;
            let at_rest = under_way.as_array().is_none_or(Vec::is_empty)
                && under_way.as_object().is_none_or(serde_json::Map::is_empty);
            if at_rest && !open.iter().any(is_busy) {
                return;
            }
            assert!(tokio::time::Instant::now() < until, "{schedule}: {open:#?}\n{under_way}");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    /// Checks that each deployment that Coolify has came of one that was accepted, of one each.
    async fn check_once(&mut self, schedule: &str) {
        let mut seen = Vec::new();
        for resource in self.of_sort(Sort::App) {
            let app: AppUuid = resource.uuid.parse().expect("a uuid");
            let record = &self.members[resource.owner].record;
            let mut tx = self.world.store.tenant_read(&record.tenant).await.expect("a transaction");
            let rows = tx.queued_deployments(&record.id, &(&app).into()).await.expect("its rows");
            tx.commit().await.expect("its end");
            let path = format!("/deployments/applications/{app}?take=100");
            let listed = self.world.operator().coolify("GET", &path, &Value::Null).await;
            for each in listed["deployments"].as_array().expect("a list") {
                let uuid = each["deployment_uuid"].as_str().expect("a uuid").to_owned();
                if !self.known.contains(&uuid) {
                    let is_it = |row: &&QueuedDeployment| {
                        row.deployment.as_ref().is_some_and(|it| it.as_str() == uuid)
                    };
                    let of = rows.iter().filter(is_it).count();
                    assert_eq!(of, 1, "{schedule}: {each}\n{rows:#?}\n{:#?}", self.events);
                }
                seen.push(uuid);
            }
        }
        self.known.extend(seen);
    }

    /// Checks that whoever was told that a deployment is accepted can ask what became of it.
    async fn check_told(&self, schedule: &str, accepted: &[Accepted]) {
        for Accepted { owner, uuid } in accepted {
            let told = self.ask(false, *owner, "deployments.logs", &json!({ "uuid": uuid })).await;
            let status = told.json()["result"]["status"].as_str().unwrap_or_default().to_owned();
            let ends = ["finished", "cancelled", "failed", "in_progress", "unknown"];
            assert!(ends.contains(&status.as_str()), "{schedule}: {uuid}: {}", told.text);
            assert!(status != "in_progress" || uuid.starts_with('q'), "{schedule}: {}", told.text);
        }
    }
}

async fn run(backend: Backend, seeds: impl Iterator<Item = u64>) {
    let Some(mut theatre) = Theatre::open(backend).await else { return };
    for seed in seeds {
        let (mut rng, name) = (Rng::with_seed(seed), format!("schedule {seed}"));
        let (accepted, by_hand) = theatre.perform(&mut rng).await;
        theatre.world.coolify.disarm();
        theatre.wait_until_settled(&name).await;
        let peak = theatre.peak.take();
        assert!(peak.builds <= BUILDS, "{name}: {peak:?}");
        assert!(peak.all < WORKERS + by_hand, "{name}: {peak:?}, {by_hand} by hand");
        theatre.check_once(&name).await;
        theatre.check_told(&name, &accepted).await;
    }
}

/// Returns the seeds that are asked for.
fn seeds() -> Range<u64> {
    let asked = std::env::var("COVIBE_SCHEDULES").unwrap_or_else(|_| SCHEDULES.to_string());
    let (first, end) = asked.split_once("..").unwrap_or(("0", &asked));
    first.parse().expect("the first seed")..end.parse().expect("the end of the seeds")
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_lose_no_deployment_and_never_exceed_coolifys_places() {
    let Range { start, end } = seeds();
    let half = start.midpoint(end);
    tokio::join!(run(Backend::Sqlite, start..half), run(Backend::Postgres, half..end));
}
