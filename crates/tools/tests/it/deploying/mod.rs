//! `apps.deploy` and what comes of it: verdicts, patience, progress, and the log of a build.

mod build_logs;
mod changes_during_deployments;
mod container_crashes;
mod deployment_queue;
mod failure_hints;
mod first_starts;
mod operator_control_of_queue;
mod queued_starts;
mod random_schedules;
mod restart_limit;
mod restarts_and_cancellation;
mod verdict_of_own_start;
mod verdicts;
mod waiting_calls;

use std::time::Duration;

use covibe_sandbox::Recorded;
use covibe_sandbox::coolify::{Condition, Outcome, Outcomes, Version};
use covibe_testkit::{Agent, Options, World};
use serde_json::{Value, json};

use crate::support::{CallStyle, schema_validation, served, tool, unframed};

/// The time that deployments stay queued, and then in progress, on a [`Stage::still`].
const PACE: Duration = Duration::from_hours(1);

/// Longer than anything here takes on a busy machine.
const LONG: Duration = Duration::from_mins(1);

/// A world whose Coolify behaves as arranged.
struct Stage {
    world: World,
    outcomes: Outcomes,
}

impl Stage {
    async fn start_with(mut options: Options) -> Self {
        let outcomes = arranged(&mut options);
        let world = World::start(options).await.expect("SQLite is built in");
        Self { world, outcomes }
    }

    /// The same behind HTTP, for tests that call by every surface.
    async fn served(mut options: Options) -> Self {
        let outcomes = arranged(&mut options);
        Self { world: served(options).await, outcomes }
    }

    async fn start_on(version: Version) -> Self {
        Self::start_with(Options::on_release(version)).await
    }

    /// The same whose deployments take this long to be begun, and again to be done.
    async fn slow(pace: Duration) -> Self {
        Self::start_with(paced(pace)).await
    }

    /// The same whose deployments and starts go on only when the test moves the clock.
    async fn still() -> Self {
        Self::slow(PACE).await
    }

    /// Lets everything that is under way come to its end.
    fn finish(&self) {
        self.world.coolify.advance(PACE * 10);
    }

    /// Counts the requests that Coolify has answered and whose path has this in it.
    fn answered(&self, method: &str, path: &str) -> usize {
        let is_it = |one: &&Recorded| {
            one.method == method && one.path.contains(path) && one.status.is_some()
        };
        self.world.coolify.read_requests(|requests| requests.filter(is_it).count())
    }

    /// Waits until Coolify has answered that many of them.
    async fn until_answered(&self, method: &str, path: &str, times: usize) {
        while self.answered(method, path) < times {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    /// Waits until deployments have been looked at several times more.
    async fn until_polled(&self) {
        let times = self.answered("GET", "/deployments/") + 3;
        self.until_answered("GET", "/deployments/", times).await;
    }

    /// Returns the deployments of an app, the newest first.
    async fn deployments(&self, app: &str) -> Vec<Value> {
        let listed = self.call("apps.deployments", json!({ "uuid": app })).await;
        listed["deployments"].as_array().expect("a list").clone()
    }

    /// Waits until a deployment of an app has been accepted.
    async fn until_deployed(&self, app: &str) {
        while self.deployments(app).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }

    fn agent(&self) -> &Agent {
        &self.world.mark.agent
    }

    async fn call(&self, name: &str, params: Value) -> Value {
        let made = self.agent().compact(name, &params).await;
        made.unwrap_or_else(|why| panic!("{name} {params}: {why}"))
    }

    /// An app from an image that was never deployed.
    async fn app(&self, name: &str) -> String {
        let params = json!({ "image": "nginx:1.27", "name": name, "instantDeploy": false });
        uuid(&self.call("apps.create", params).await)
    }

    /// An app of two containers, one of them a database, that was never started.
    async fn stack(&self, name: &str) -> String {
        self.stack_with(name, "").await
    }

    /// The same whose server has a health check.
    async fn checked_stack(&self, name: &str) -> String {
        let check = "    healthcheck: {test: [CMD, curl, 'http://localhost']}\n";
        self.stack_with(name, check).await
    }

    async fn stack_with(&self, name: &str, check: &str) -> String {
        let file = format!(
            "services:\n  server:\n    image: nginx:1.27\n    expose: ['80']\n{check}  db:\n    image: postgres:16\n"
        );
        let params = json!({ "composeRaw": file, "name": name, "instantDeploy": false });
        uuid(&self.call("apps.create", params).await)
    }

    /// Deploys and waits, by a surface; the answer is as its schema says.
    async fn deploy(&self, via: CallStyle, uuid: &str) -> Value {
        let deploy = tool(&self.world, "apps.deploy");
        let params = json!({ "uuid": uuid, "wait": true });
        let told = via.call(self.agent(), &deploy, &params).await;
        let answer = told.result(&format!("{via:?}"));
        schema_validation::assert_valid(&deploy.output, &answer, "apps.deploy");
        answer
    }
}

/// Lets a test arrange what becomes of deployments.
fn arranged(options: &mut Options) -> Outcomes {
    let outcomes = Outcomes::default();
    options.coolify.outcomes = outcomes.clone();
    outcomes
}

/// Options with deployments that take this long to be begun, and again to be done.
fn paced(pace: Duration) -> Options {
    let mut options = Options::default();
    options.coolify.pace = pace;
    options
}

fn uuid(of: &Value) -> String {
    of["uuid"].as_str().unwrap_or_else(|| panic!("{of} has a uuid")).to_owned()
}

fn finishes(condition: Condition) -> Outcome {
    Outcome::Finishes(condition)
}
