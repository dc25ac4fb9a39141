//! The cost of a server at its upstreams beside the workspaces of others: its start, a workspace, an app and its domains.

use std::time::{Duration, Instant};

use covibe_domain::boxed;
use covibe_sandbox::coolify::Neighbours;
use serde_json::{Value, json};

use crate::server::{Member, Options, Process, World, mint};
use crate::upstream_calls::{self, Upstream, received_calls};

/// A step, and its cost.
#[derive(Clone, Debug)]
pub struct Step {
    /// Its name.
    pub name: &'static str,
    /// The calls to both upstreams, as `Coolify GET /projects/*$`, in the order of their texts.
    pub calls: Vec<String>,
    /// The bytes of the answers.
    pub bytes: u64,
    /// Its duration.
    pub time: Duration,
}

/// Returns the usual options, with so many workspaces of others, each with an app and its domain.
pub fn beside(workspaces: usize) -> Options {
    let mut options = Options::default();
    options.coolify.neighbours =
        Neighbours { applications: workspaces, workspaces, ..Neighbours::default() };
    options.gitea.neighbours = workspaces;
    options
}

/// Starts a server process, and lets it make a workspace with an app.
///
/// # Panics
///
/// If a step fails.
#[boxed]
pub async fn steps(world: &World) -> Vec<Step> {
    let mut steps = Steps { world, taken: Vec::new() };
    let process = world.process().await;
    let look = async { process.platform.look_at_upstreams().await.expect("a look") };
    steps.take("start", look).await;
    let founding = async { process.create_workspace("newcomer").await.expect("a workspace") };
    let record = steps.take("workspace", founding).await;
    let again = async {
        let again = covibe_workspace::provision(&process.platform, record);
        again.await.expect("it is ready")
    };
    let record = steps.take("workspace again", again).await;
    let key = Some(mint(&world.identity, &record).await);
    let member = Member { record, agent: world.agent("newcomer", key) };
    let on = (&process, &member);
    let create = json!({ "image": "nginx:1.27", "name": "shop", "instantDeploy": false });
    let uuid = steps.call("app", on, "apps.create", create).await["uuid"].clone();
    let domains = json!({ "uuid": uuid, "domains": ["new.newcomer.vibnai.com"] });
    steps.call("domains", on, "apps.domains.set", domains.clone()).await;
    steps.call("domains again", on, "apps.domains.set", domains).await;
    steps.taken
}

struct Steps<'a> {
    world: &'a World,
    taken: Vec<Step>,
}

impl Steps<'_> {
    async fn call(
        &mut self,
        name: &'static str,
        (process, member): (&Process, &Member),
        tool: &str,
        params: Value,
    ) -> Value {
        let call = async { process.call(member, tool, params).await.expect(tool) };
        self.take(name, call).await
    }

    async fn take<T>(&mut self, name: &'static str, step: impl Future<Output = T>) -> T {
        upstream_calls::clear(self.world);
        let begun = Instant::now();
        let outcome = step.await;
        let time = begun.elapsed();
        let (mut made, mut bytes) = (Vec::new(), 0);
        for upstream in Upstream::ALL {
            let requests = upstream.simulator(self.world).requests();
            for (call, request) in received_calls(self.world, upstream).into_iter().zip(requests) {
                // Others are made by tasks of their own, whenever these come to it.
                if !call.is_for_strangers() && call.path != SERVER {
                    made.push(format!("{upstream:?} {} {}", call.method, call.path));
                    bytes += request.bytes.unwrap_or_default();
                }
            }
        }
        made.sort_unstable();
        self.taken.push(Step { name, calls: made, bytes, time });
        outcome
    }
}

/// The server's own state, which the whole cell asks for in half a minute.
const SERVER: &str = "/servers/*$";
