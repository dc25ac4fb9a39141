//! The upstream calls of each step, found by looking what the simulators received.

use std::time::Duration;

use covibe_sandbox::faults::{Fault, Name};
use covibe_sandbox::{Recorded, Simulator};
use covibe_testkit::World;

use super::journey::{Journey, Step};

/// One of the simulated upstreams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Upstream {
    Coolify,
    Gitea,
}

impl Upstream {
    pub(crate) const ALL: [Self; 2] = [Self::Coolify, Self::Gitea];

    pub(crate) fn of(self, world: &World) -> &Simulator {
        match self {
            Self::Coolify => &world.coolify,
            Self::Gitea => &world.gitea,
        }
    }
}

/// A call to an upstream: its path with `*` for what differs from journey to journey, and how many
/// calls of the same sort the step made before it.
#[derive(Clone, Debug)]
pub(crate) struct UpstreamCall {
    pub(crate) upstream: Upstream,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) earlier: u32,
}

impl UpstreamCall {
    /// Whether the other one is a call of the same sort.
    pub(crate) fn is_like(&self, other: &Self) -> bool {
        let sort = |call: &Self| (call.upstream, call.method.clone(), call.path.clone());
        sort(self) == sort(other)
    }

    /// Arms a fault for it; `passing` calls of the same sort are served before.
    pub(crate) fn arm(&self, world: &World, fault: Fault, passing: u32) {
        let simulator = self.upstream.of(world);
        let on = |fault: Fault| fault.on(&self.method, &self.path);
        if passing > 0 {
            simulator.arm(on(Fault::new(Name::Delay).delay(Duration::ZERO)).times(passing));
        }
        simulator.arm(on(fault));
    }

    /// Whether it only looks.
    pub(crate) fn looks(&self) -> bool {
        self.method == "GET"
    }

    /// Whether it may be sent twice.
    pub(crate) fn is_repeatable(&self) -> bool {
        matches!(self.method.as_str(), "GET" | "PATCH")
    }
}

/// Every upstream call of every step of a journey, each step taken by a server that has just
/// started, so that nothing remembered hides a call.
pub(crate) async fn of_the_journey(world: &mut World) -> Vec<(Step, UpstreamCall)> {
    let mut journey = Journey::begin(world, "site-recorded".to_owned()).await;
    let mut calls = Vec::new();
    for step in Step::ALL {
        world.restart().await;
        clear(world);
        journey.take(world, step).await;
        let made = Upstream::ALL.into_iter().flat_map(|upstream| received(world, upstream));
        calls.extend(made.map(|call| (step, call)));
    }
    calls
}

/// Disarms every fault.
pub(crate) fn disarm(world: &World) {
    for upstream in Upstream::ALL {
        upstream.of(world).disarm();
    }
}

/// Forgets what the simulators received.
pub(crate) fn clear(world: &World) {
    for upstream in Upstream::ALL {
        upstream.of(world).clear_requests();
    }
}

/// What a simulator received since it was cleared.
pub(crate) fn received(world: &World, upstream: Upstream) -> Vec<UpstreamCall> {
    let mut calls: Vec<UpstreamCall> = Vec::new();
    for Recorded { method, path, .. } in upstream.of(world).requests() {
        let path = template(&path);
        let same = |call: &&UpstreamCall| call.method == method && call.path == path;
        let earlier = calls.iter().filter(same).count();
        let earlier = u32::try_from(earlier).expect("a small number");
        calls.push(UpstreamCall { upstream, method, path, earlier });
    }
    calls
}

/// Waits until a simulator received this call, and it is as `test` says.
pub(crate) async fn reached(world: &World, call: &UpstreamCall, test: impl Fn(&Recorded) -> bool) {
    let is_it = |(received, request): (UpstreamCall, Recorded)| {
        received.is_like(call) && received.earlier == call.earlier && test(&request)
    };
    loop {
        let received = received(world, call.upstream);
        if received.into_iter().zip(call.upstream.of(world).requests()).any(is_it) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// The pattern of all paths that differ only in ids and names.
fn template(path: &str) -> String {
    let path = path.strip_prefix("/api/v1").unwrap_or(path);
    let parts = path.split('/').map(|part| if is_name(part) { "*" } else { part });
    format!("{}$", parts.collect::<Vec<_>>().join("/"))
}

/// Whether a segment is one of Coolify's ids (24 letters and digits), a number, or has a name of a
/// test's in it.
fn is_name(part: &str) -> bool {
    let is_id = part.len() == 24 && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_number = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    is_id || is_number || ["vibn-", "-bot", "site"].iter().any(|text| part.contains(text))
}
