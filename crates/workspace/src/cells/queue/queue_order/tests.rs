//! Turns and places, including by random schedules.

use covibe_store::HoldTimes;
use serde_json::json;

use super::*;

const MOST: usize = usize::MAX;
const LONGEST: Duration = Duration::from_mins(10);
const PLACES: Places = Places { all: 3, builds: 2, builds_each: MOST, starts_each: MOST };

/// A queue without a database or a Coolify: what was asked for, and what runs.
#[derive(Default)]
struct Model {
    open: Vec<OpenDeployment>,
    under_way: Vec<Deployment>,
    /// The starts that were seen to be over.
    over: HashSet<DeploymentUuid>,
    clock: i64,
    turns: HashMap<String, i64>,
}

fn text(prefix: &str, of: usize) -> String {
    format!("{prefix}{of:04}")
}

fn coolify_deployment(app: &HostedUuid, uuid: &DeploymentUuid) -> Deployment {
    let link = format!("/project/project1/environment/env1/application/{app}/deployment/{uuid}");
    let value = json!({ "deployment_uuid": uuid, "status": "in_progress", "deployment_url": link });
    serde_json::from_value(value).unwrap()
}

impl Model {
    /// Asks for the deployment of an app, each of which belongs to one workspace.
    fn ask(&mut self, tenant: usize, workspace: usize, app: usize) -> DeploymentUuid {
        let name = text("app", tenant * 10_000 + workspace * 100 + app);
        self.ask_for(tenant, workspace, Deployable::Application(name.parse().unwrap()))
    }

    /// Asks for the start of a database, likewise.
    fn ask_start(&mut self, tenant: usize, workspace: usize, database: usize) -> DeploymentUuid {
        let name = text("db0", tenant * 10_000 + workspace * 100 + database);
        self.ask_for(tenant, workspace, Deployable::Database(name.parse().unwrap()))
    }

    /// Asks for a deployment, which takes the place of one of the same resource that waits.
    fn ask_for(&mut self, tenant: usize, workspace: usize, resource: Deployable) -> DeploymentUuid {
        self.open.retain(|each| each.resource != resource || each.state != QueueState::Waiting);
        self.clock += 1;
        let id: DeploymentUuid =
            text("deployment", self.clock.try_into().unwrap()).parse().unwrap();
        self.open.push(OpenDeployment {
            tenant: text("ten_", tenant).parse().unwrap(),
            workspace: text("ws_", tenant * 100 + workspace).parse().unwrap(),
            id: id.clone(),
            resource,
            state: QueueState::Waiting,
            deployment: None,
            asked_at: Timestamp::from_millis(self.clock),
            hold: HoldTimes { notice: Duration::ZERO, longest: LONGEST },
            waits_for: Duration::ZERO,
            is_due: true,
            is_left: false,
            handed_for: None,
            tenant_turn: None,
            workspace_turn: None,
        });
        id
    }

    fn under_way(&self) -> WorkUnderWay {
        let deployments = self.under_way.clone();
        WorkUnderWay { deployments, over: self.over.clone(), ..WorkUnderWay::default() }
    }

    /// Hands over whatever there are places for. Returns the ids in their order.
    fn hand_over(&mut self, places: Places) -> Vec<DeploymentUuid> {
        let mut handed = Vec::new();
        loop {
            self.note_turns();
            let under_way = self.under_way();
            let next =
                QueueSnapshot::new(&self.open, &under_way).next(places).map(|next| next.id.clone());
            let Some(id) = next else { return handed };
            self.begin(&id);
            handed.push(id);
        }
    }

    fn note_turns(&mut self) {
        for each in &mut self.open {
            let turn = |of: &str| self.turns.get(of).copied().map(Timestamp::from_millis);
            each.tenant_turn = turn(each.tenant.as_str());
            each.workspace_turn = turn(each.workspace.as_str());
        }
    }

    fn begin(&mut self, id: &DeploymentUuid) {
        self.clock += 1;
        let each = self.open.iter_mut().find(|each| each.id == *id).unwrap();
        assert_eq!(each.state, QueueState::Waiting);
        let uuid = each.resource.takes_build_place().then(|| id.clone());
        (each.state, each.deployment, each.handed_for) =
            (QueueState::Handed, uuid.clone(), Some(Duration::ZERO));
        self.turns.insert(each.tenant.to_string(), self.clock);
        self.turns.insert(each.workspace.to_string(), self.clock);
        if let Some(uuid) = uuid {
            self.under_way.push(coolify_deployment(&each.resource.uuid(), &uuid));
        }
    }

    /// Returns the starts that are in progress.
    fn starts(&self) -> Vec<DeploymentUuid> {
        let is_start = |each: &&OpenDeployment| !each.resource.takes_build_place();
        let starts = self.open.iter().filter(is_start);
        let begun = starts.filter(|each| each.state == QueueState::Handed);
        begun.map(|each| each.id.clone()).collect()
    }

    /// Ends a start, which its state tells before it is written down.
    fn end_start(&mut self, id: &DeploymentUuid) {
        self.over.insert(id.clone());
        let under_way = self.under_way();
        let ended = under_way.ended_entries(&self.open);
        assert_eq!(ended.filter(|each| each.id == *id).count(), 1);
        self.open.retain(|each| each.id != *id);
    }

    /// Ends a deployment that runs.
    fn end_one(&mut self, index: usize) -> DeploymentUuid {
        let ended = self.under_way.remove(index).uuid;
        self.open.retain(|each| each.deployment.as_ref() != Some(&ended));
        ended
    }
}

#[test]
fn a_lone_tenant_uses_all_places_in_order_of_request() {
    let mut model = Model::default();
    let asked: Vec<_> = (0..5).map(|app| model.ask(1, 1, app)).collect();
    assert_eq!(model.hand_over(PLACES), asked[..2]);
    model.end_one(0);
    assert_eq!(model.hand_over(PLACES), asked[2..3]);
    assert_eq!(model.hand_over(PLACES), [], "all places are taken");
}

#[test]
fn a_second_tenant_is_next_however_much_the_first_one_queued() {
    let mut model = Model::default();
    (0..20).for_each(|app| drop(model.ask(1, 1, app)));
    model.hand_over(PLACES);
    let second = model.ask(2, 1, 0);
    model.end_one(0);
    assert_eq!(model.hand_over(PLACES), [second]);
}

#[test]
fn workspaces_of_a_tenant_take_turns() {
    let mut model = Model::default();
    let first: Vec<_> = (0..2).map(|app| model.ask(1, 1, app)).collect();
    let second: Vec<_> = (0..2).map(|app| model.ask(1, 2, app)).collect();
    let one = Places { builds: 1, ..PLACES };
    let mut order = model.hand_over(one);
    for _ in 0..3 {
        model.end_one(0);
        order.extend(model.hand_over(one));
    }
    assert_eq!(order, [&first[0], &second[0], &first[1], &second[1]].map(Clone::clone));
}

#[test]
fn an_app_has_one_deployment_in_progress() {
    let mut model = Model::default();
    let first = model.ask(1, 1, 0);
    assert_eq!(model.hand_over(PLACES), [first]);
    let second = model.ask(1, 1, 0);
    let other = model.ask(1, 1, 1);
    assert_eq!(model.hand_over(PLACES), [other], "the app is busy");
    model.end_one(0);
    assert_eq!(model.hand_over(PLACES), [second]);
}

#[test]
fn deployments_that_were_started_in_coolify_itself_take_places() {
    let mut model = Model::default();
    for number in 0..2 {
        let app = text("other", number).parse().unwrap();
        let page = text("page", number + 1000).parse().unwrap();
        model.under_way.push(coolify_deployment(&app, &page));
    }
    let asked = model.ask(1, 1, 0);
    assert_eq!(model.hand_over(PLACES), []);
    model.under_way.pop();
    assert_eq!(model.hand_over(PLACES), [asked]);
}

#[test]
fn a_limit_per_tenant_leaves_places_to_other_tenants() {
    let mut model = Model::default();
    let places = Places { all: 4, builds: 4, builds_each: 1, ..PLACES };
    let first = model.ask(1, 1, 0);
    model.ask(1, 1, 1);
    let other = model.ask(2, 1, 0);
    assert_eq!(model.hand_over(places), [first, other]);
}

#[test]
fn a_deployment_handed_over_after_the_list_was_requested_keeps_its_place() {
    let mut model = Model::default();
    model.ask(1, 1, 0);
    model.hand_over(PLACES);
    model.under_way.clear();
    let (second, third) = (model.ask(1, 1, 1), model.ask(1, 1, 2));
    assert_eq!(model.hand_over(PLACES), [second], "one place is taken by what the list lacks");
    let handed = model.open.iter_mut().filter(|each| each.deployment.is_some());
    handed.for_each(|each| each.handed_for = Some(Duration::from_mins(1)));
    model.under_way.clear();
    assert_eq!(model.hand_over(Places { builds: 1, ..PLACES }), [third], "both are over");
}

#[test]
fn a_deployment_that_a_later_list_lacks_has_ended() {
    let mut model = Model::default();
    let first = model.ask(1, 1, 0);
    model.hand_over(PLACES);
    let handed = HashMap::from([(first, Instant::now())]);
    let under_way = WorkUnderWay { handed, ..WorkUnderWay::default() };
    assert_eq!(under_way.ended_entries(&model.open).count(), 1);
}

#[test]
fn the_reported_queue_position_is_the_actual_turn() {
    let mut model = Model::default();
    (0..4).for_each(|app| drop(model.ask(1, 1, app)));
    model.hand_over(PLACES);
    let other = model.ask(2, 1, 0);
    model.note_turns();
    let under_way = model.under_way();
    let ahead = |id: &DeploymentUuid| QueueSnapshot::new(&model.open, &under_way).position_of(id);
    assert_eq!(ahead(&other), Some(QueuePosition { position: 1, in_progress: 2 }));
    let last = model.open.iter().rfind(|each| each.tenant.as_str() == "ten_0001");
    assert_eq!(ahead(&last.unwrap().id), Some(QueuePosition { position: 3, in_progress: 2 }));
    assert_eq!(ahead(&model.open[0].id), None, "it runs");
}

/// Pseudo-random numbers, the same in each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end
    }
}

/// None waits while a place is free and its resource is idle, none begins twice, none is lost, and no more run than
/// there are places.
#[test]
fn random_schedules_start_every_deployment_once_within_the_places() {
    for seed in 0..2000 {
        let mut numbers = Numbers(seed);
        let mut model = Model::default();
        let all = 1 + numbers.below(4);
        let builds = 1 + numbers.below(all);
        let (builds_each, starts_each) = (1 + numbers.below(4), 1 + numbers.below(4));
        let places = Places { all, builds, builds_each, starts_each };
        let (mut asked, mut begun) = (HashSet::new(), HashSet::new());
        for _ in 0..60 {
            let (tenant, workspace) = (numbers.below(4), numbers.below(2));
            match numbers.below(5) {
                0 | 1 => drop(asked.insert(model.ask(tenant, workspace, numbers.below(6)))),
                2 => drop(asked.insert(model.ask_start(tenant, workspace, numbers.below(6)))),
                3 if !model.under_way.is_empty() => {
                    drop(model.end_one(numbers.below(model.under_way.len())));
                }
                _ => model.starts().first().into_iter().for_each(|id| model.end_start(id)),
            }
            let open: HashSet<_> = model.open.iter().map(|each| each.id.clone()).collect();
            asked.retain(|id| open.contains(id) || begun.contains(id));
            for id in model.hand_over(places) {
                assert!(begun.insert(id), "{seed}: one began twice");
            }
            let (built, started) = (model.under_way.len(), model.starts().len());
            assert!(built <= places.builds && built + started <= places.all, "{seed}");
            let apps: HashSet<_> =
                model.under_way.iter().map(|each| &each.link.application).collect();
            assert_eq!(apps.len(), built, "{seed}: an app has two");
        }
        while !model.open.is_empty() {
            let starts = model.starts();
            for id in &starts {
                model.end_start(id);
            }
            (0..model.under_way.len()).for_each(|_| drop(model.end_one(0)));
            let handed = model.hand_over(places);
            assert!(!handed.is_empty() || model.open.is_empty(), "{seed}: {:?}", model.open);
            begun.extend(handed);
        }
        assert_eq!(begun, asked, "{seed}");
    }
}

#[test]
fn builds_leave_the_last_place_to_starts_and_starts_use_all_free_ones() {
    let mut model = Model::default();
    let builds: Vec<_> = (0..3).map(|app| model.ask(1, 1, app)).collect();
    assert_eq!(model.hand_over(PLACES), builds[..2], "builds have two places");
    let starts: Vec<_> = (0..2).map(|database| model.ask_start(1, 1, database)).collect();
    assert_eq!(model.hand_over(PLACES), starts[..1], "and all together three");
    model.end_one(0);
    assert_eq!(model.hand_over(PLACES), builds[2..]);
    model.end_start(&starts[0]);
    assert_eq!(model.hand_over(PLACES), starts[1..]);
}

#[test]
fn each_start_has_a_place_until_its_longest_time_has_passed() {
    let mut model = Model::default();
    let mut starts = Vec::new();
    for _ in 0..3 {
        starts.push(model.ask_start(1, 1, 0));
        assert_eq!(model.hand_over(PLACES), starts[starts.len() - 1..], "of the same database");
    }
    let last = model.ask_start(1, 1, 0);
    assert_eq!(model.hand_over(PLACES), [], "none of them is over");
    let handed = model.open.iter_mut().find(|each| each.id == starts[0]).unwrap();
    handed.handed_for = Some(LONGEST);
    assert_eq!(model.hand_over(PLACES), [last]);
}

/// The waits of equal tenants differ by at most one build.
#[test]
fn the_waits_of_equal_tenants_differ_by_at_most_one_round() {
    let mut model = Model::default();
    let asked: Vec<Vec<_>> =
        (0..10).map(|tenant| (0..20).map(|app| model.ask(tenant, 1, app)).collect()).collect();
    let mut order = model.hand_over(PLACES);
    while !model.under_way.is_empty() {
        model.end_one(0);
        order.extend(model.hand_over(PLACES));
    }
    assert_eq!(order.len(), 200);
    for nth in 0..20 {
        let turns = asked.iter().map(|own| order.iter().position(|id| *id == own[nth]).unwrap());
        let turns: Vec<_> = turns.collect();
        let span = turns.iter().max().unwrap() - turns.iter().min().unwrap();
        assert!(span <= 10, "{nth}: {turns:?}");
    }
}
