//! The calls that the simulated upstreams receive, and faults for one of them.

use std::time::Duration;

use covibe_sandbox::faults::{Fault, Name};
use covibe_sandbox::{Recorded, Simulator};

use crate::server::World;

/// One of the simulated upstreams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Upstream {
    /// Coolify.
    Coolify,
    /// Gitea.
    Gitea,
}

impl Upstream {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Coolify, Self::Gitea];

    /// Returns its simulator.
    pub fn simulator(self, world: &World) -> &Simulator {
        match self {
            Self::Coolify => &world.coolify,
            Self::Gitea => &world.gitea,
        }
    }
}

/// A call to an upstream.
#[derive(Clone, Debug)]
pub struct UpstreamCall {
    /// The upstream.
    pub upstream: Upstream,
    /// The HTTP method.
    pub method: String,
    /// The path, with `*` in place of ids and names.
    pub path: String,
    /// The number of earlier calls with the same upstream, method and path.
    pub earlier: u32,
}

impl UpstreamCall {
    /// Returns whether another call has the same upstream, method and path.
    pub fn is_like(&self, other: &Self) -> bool {
        let key = |call: &Self| (call.upstream, call.method.clone(), call.path.clone());
        key(self) == key(other)
    }

    /// Returns whether a request with this method and path is such a call.
    pub fn is_of(&self, method: &str, path: &str) -> bool {
        self.method == method && self.path == template(path)
    }

    /// Returns whether the simulator has received it, or a later call like it, and has not answered.
    pub fn is_pending(&self, world: &World) -> bool {
        self.upstream.simulator(world).read_requests(|requests| {
            self.calls_from_here(requests).any(|request| request.status.is_none())
        })
    }

    /// Returns such calls among all requests, without the earlier ones.
    fn calls_from_here<'a>(
        &self,
        requests: impl Iterator<Item = &'a Recorded>,
    ) -> impl Iterator<Item = &'a Recorded> {
        let same = requests.filter(move |request| self.is_of(&request.method, &request.path));
        same.skip(usize::try_from(self.earlier).expect("a small number"))
    }

    /// Arms a fault for this call, after `passing` calls like it are served normally.
    pub fn arm(&self, world: &World, fault: Fault, passing: u32) {
        let simulator = self.upstream.simulator(world);
        let on = |fault: Fault| fault.on(&self.method, &self.path);
        if passing > 0 {
            simulator.arm(on(Fault::new(Name::Delay).delay(Duration::ZERO)).times(passing));
        }
        simulator.arm(on(fault));
    }

    /// Returns whether it only reads.
    pub fn only_reads(&self) -> bool {
        self.method == "GET"
    }

    /// Returns whether it searches for foreign resources after a run: no run fails if it fails.
    pub fn is_for_strangers(&self) -> bool {
        let what = self.path.rsplit('/').next().unwrap_or_default();
        let lists = [
            "members$",
            "hooks$",
            "repos$",
            "collaborators$",
            "keys$",
            "push_mirrors$",
            "runners$",
        ];
        let is_below = |first: &str| self.path.starts_with(first);
        // The run itself searches for its hook once.
        if self.earlier == 0 && self.path == "/orgs/*/hooks$" {
            return false;
        }
        let is_below_one = ["/orgs/", "/repos/", "/users/"].into_iter().any(is_below);
        self.only_reads() && is_below_one && lists.contains(&what)
    }

    /// Returns whether a client may repeat it.
    pub fn is_repeatable(&self) -> bool {
        matches!(self.method.as_str(), "GET" | "PATCH")
    }
}

/// Disarms every fault.
pub fn disarm(world: &World) {
    for upstream in Upstream::ALL {
        upstream.simulator(world).disarm();
    }
}

/// Clears the calls that the simulators received.
pub fn clear(world: &World) {
    for upstream in Upstream::ALL {
        upstream.simulator(world).clear_requests();
    }
}

/// Returns the calls that a simulator received since it was cleared.
pub fn received_calls(world: &World, upstream: Upstream) -> Vec<UpstreamCall> {
    let mut calls: Vec<UpstreamCall> = Vec::new();
    for Recorded { method, path, .. } in upstream.simulator(world).requests() {
        let path = template(&path);
        let same = |call: &&UpstreamCall| call.method == method && call.path == path;
        let earlier = calls.iter().filter(same).count();
        let earlier = u32::try_from(earlier).expect("a small number");
        calls.push(UpstreamCall { upstream, method, path, earlier });
    }
    calls
}

/// Returns the calls that both simulators received since they were cleared.
pub fn all_received(world: &World) -> Vec<UpstreamCall> {
    Upstream::ALL.into_iter().flat_map(|upstream| received_calls(world, upstream)).collect()
}

/// Waits until a simulator has received this call and `test` accepts the request.
pub async fn wait_for_call(world: &World, call: &UpstreamCall, test: impl Fn(&Recorded) -> bool) {
    let simulator = call.upstream.simulator(world);
    let has_come = || {
        simulator.read_requests(|requests| call.calls_from_here(requests).next().is_some_and(&test))
    };
    while !has_come() {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Returns the pattern of all paths that differ only in ids and names.
fn template(path: &str) -> String {
    let path = path.strip_prefix("/api/v1").unwrap_or(path);
    let parts = path.split('/').map(|part| if is_name(part) { "*" } else { part });
    format!("{}$", parts.collect::<Vec<_>>().join("/"))
}

/// Returns whether a segment is one of Coolify's ids (24 letters and digits), a number, a hash, or contains a name
/// that tests use.
fn is_name(part: &str) -> bool {
    let is_id = part.len() == 24 && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    let is_number = !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    // The path for a commit's tree contains `{hash}^{tree}`.
    let hash = part.split('^').next().unwrap_or_default();
    let is_hash = hash.len() == 40 && hash.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_id
        || is_number
        || is_hash
        || ["vibn-", "-bot", "site"].iter().any(|text| part.contains(text))
}
