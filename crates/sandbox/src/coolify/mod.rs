//! A Coolify: `/api/v1` as its releases 4.0.0-beta.473, 4.1.2 and 4.3.11 serve it.
//!
//! Read from coollabsio/coolify at those tags. The token has every ability and its owner is an
//! admin, so secrets are shown; another team-mate's project is there from the beginning.

use std::io;
use std::time::Duration;

use covibe_domain::Secret;

use crate::clock::Clock;
use crate::random;
use crate::server::{self, Simulator, Thing, Vendor};
use crate::wire::{Reply, Request};

mod applications;
mod auth;
mod body;
mod columns;
mod compose;
mod create;
mod databases;
mod deployments;
mod domains;
mod envs;
mod errors;
mod fields;
mod flavors;
mod git;
mod kept;
mod keys;
mod lifecycle;
mod logs;
mod magic;
mod outcomes;
mod patch;
mod probe;
mod projects;
mod resource;
mod routes;
mod seed;
mod servers;
mod service_envs;
mod services;
mod stack;
mod state;
mod templates;
mod urls;

use auth::Gate;
use state::State;

pub use outcomes::{Condition, Outcome, Outcomes};
pub use routes::routes;

/// Which release it behaves like, where they differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Version {
    /// 4.0.0-beta.473 of April 2026.
    Beta473,
    /// 4.1.2.
    V4_1,
    /// 4.3.11 of August 2026: lifecycle calls are POST only.
    #[default]
    V4_3,
}

impl Version {
    /// Every release that is simulated, oldest first.
    pub const ALL: [Self; 3] = [Self::Beta473, Self::V4_1, Self::V4_3];

    /// The text of `GET /version`.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Beta473 => "4.0.0-beta.473",
            Self::V4_1 => "4.1.2",
            Self::V4_3 => "4.3.11",
        }
    }
}

/// How the Coolify is set up.
#[derive(Clone, Debug)]
pub struct Options {
    /// The release.
    pub version: Version,
    /// The token, `<id>|<secret>`; a random one when none is given.
    pub token: Option<String>,
    /// How long a deployment stays queued and then in progress, and other jobs take.
    pub pace: Duration,
    /// How many calls a minute all clients together may make; none for no limit.
    pub budget_per_minute: Option<u32>,
    /// How long something that was deleted is listed on; as long as other jobs take unless told.
    pub deletion: Option<Duration>,
    /// What is to come of deployments and starts; all go well unless told.
    pub outcomes: Outcomes,
    /// Whether the one server is a build server: domains are dropped, and since 4.2 nothing can be
    /// created on it.
    pub is_build_server: bool,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            version: Version::default(),
            token: None,
            pace: Duration::from_millis(300),
            budget_per_minute: Some(200),
            deletion: None,
            outcomes: Outcomes::default(),
            is_build_server: false,
        }
    }
}

/// Starts a Coolify on a free port of 127.0.0.1.
pub async fn start(options: Options) -> io::Result<Simulator> {
    let token = options.token.clone().unwrap_or_else(|| format!("1|{}", random::password(48)));
    let clock = Clock::default();
    let coolify = Coolify {
        gate: Gate::new(token.clone(), options.budget_per_minute),
        state: State::new(&options, clock.clone()),
    };
    server::start(Secret::new(token), clock, |_| Ok(Box::new(coolify))).await
}

struct Coolify {
    gate: Gate,
    state: State,
}

impl Vendor for Coolify {
    fn answer(&mut self, request: &Request) -> Reply {
        if matches!(request.path.as_str(), "/api/health" | "/api/v1/health") {
            return Reply::text("OK");
        }
        let left = match self.gate.admit(request) {
            Ok(left) => left,
            Err(reply) => return *reply,
        };
        self.state.settle(self.state.now());
        let reply = routes::answer(&mut self.state, request).unwrap_or_else(|refusal| refusal);
        self.gate.tell(left, reply)
    }

    fn refusal(&self, status: u16) -> Reply {
        errors::refusal(status)
    }

    fn names(&self, thing: Thing) -> Vec<String> {
        self.state.names(thing, self.state.now())
    }
}
