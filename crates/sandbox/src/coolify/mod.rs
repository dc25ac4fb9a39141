//! A simulated Coolify: `/api/v1` as its releases 4.0.0-beta.473, 4.1.2 and 4.3.11 serve it.
//!
//! Read from coollabsio/coolify at those tags. The token has every ability, unless the options
//! say otherwise, and its owner is an admin, so secrets are shown. A project of another member of the team is there from the beginning.
//!
//! | module | content |
//! |---|---|
//! | `model` | the state: projects, keys, resources, deployments, volumes |
//! | `compose` | compose files, as Coolify reads and stores them |
//! | `predicted_failures` | the fate of deployments that no test has arranged |
//! | `rules` | Coolify's rules: bodies, fields, places, repositories, domains, storages, variables |
//! | `helper_container` | the container in which repositories are built, and the ways in which a build takes over the host |
//! | `jobs` | the work behind the API: deployments, starts, deletions |
//! | `answer_json` | the JSON of objects in answers |
//! | `routes` | the endpoints |
//! | `host_containers` | the containers on the host, as Docker has them |

mod abilities;
mod answer_json;
mod arranged_accidents;
mod arranged_outcomes;
mod authentication_and_rate_limit;
mod compose;
mod container_output;
mod errors;
mod helper_container;
mod host_reachability;
mod jobs;
mod json_values;
mod listed_collections;
mod mcp;
mod model;
mod options;
mod predicted_failures;
mod routes;
mod rules;

pub(crate) mod host_containers;

use std::any::Any;
use std::io;

use covibe_domain::Secret;

use self::authentication_and_rate_limit::Gate;
use self::jobs::{foreign_resources, seeded_resources, worker_queue};
use self::mcp::McpAvailability;
use self::model::CoolifyState;
use crate::core::request_types::{Reply, Request};
use crate::core::{Protocol, Simulator, Vendor, random, server};

pub use abilities::{Abilities, Granted};
pub use arranged_accidents::{Accident, WorkerCount};
pub use arranged_outcomes::{Condition, Outcome, Outcomes};
pub use container_output::Printed;
pub use host_reachability::Host;
pub use listed_collections::Collection;
pub(crate) use model::{CPUS, CoolifyState as Model, DockerAction, Limits};
pub use model::{DESTINATION, DatabaseProxies};
pub use options::{Neighbours, Options, Peak, PeakLoad, RateLimit, Version};
pub(crate) use predicted_failures::Ending;
pub use routes::routes;

const PROTOCOL: Protocol =
    Protocol { api_prefix: |_| "/api/v1/", name: |request| request, omits_body: |_| false };

/// Starts a Coolify on a free port of 127.0.0.1.
pub async fn start(options: Options) -> io::Result<Simulator> {
    let random_token = || format!("1|{}", random::alphanumeric(48));
    let token = options.token.clone().unwrap_or_else(random_token);
    let secret = Secret::new(token.clone());
    server::start(secret, PROTOCOL, move |_, clock| {
        let (gate, mcp) = (Gate::new(token, &options), McpAvailability::from_options(&options));
        let mut state = CoolifyState::new(&options, clock);
        seeded_resources::plant(&mut state);
        foreign_resources::plant(&mut state, &options.neighbours);
        Ok(Box::new(Coolify { gate, mcp, state }))
    })
    .await
}

struct Coolify {
    gate: Gate,
    mcp: McpAvailability,
    state: CoolifyState,
}

impl Vendor for Coolify {
    fn settle(&mut self) {
        worker_queue::settle(&mut self.state);
    }

    fn answer(&mut self, request: &Request) -> Reply {
        if matches!(request.path.as_str(), "/api/health" | "/api/v1/health") {
            return Reply::text("OK");
        }
        if request.path == mcp::PATH {
            return self.mcp.answer(request, self.gate.has_known_token(request));
        }
        let now = self.state.now();
        let admitted = match self.gate.admit(request, now) {
            Ok(admitted) => admitted,
            Err(refusal) => return *refusal,
        };
        self.settle();
        let reply = routes::answer(&mut self.state, request).unwrap_or_else(|refusal| refusal);
        // A job that it has put on the list of the workers begins at once, if one is free.
        worker_queue::run(&mut self.state);
        self.gate.add_headers(&admitted, admitted.abilities.without_sensitive_members(reply))
    }

    fn refusal(&self, status: u16) -> Reply {
        errors::refusal(status)
    }

    fn set(&mut self, settings: Box<dyn Any>) {
        if let Some(limit) = settings.downcast_ref::<RateLimit>() {
            self.gate.set_limit(limit.0);
        } else if let Some(accident) = settings.downcast_ref::<Accident>() {
            arranged_accidents::happen(&mut self.state, *accident);
        } else if let Some(count) = settings.downcast_ref::<WorkerCount>() {
            self.state.workers.set_count(count.0);
        } else if let Some(proxies) = settings.downcast_ref::<DatabaseProxies>() {
            self.state.proxies_become = *proxies;
        }
    }

    fn names(&mut self, collection: &dyn Any) -> Vec<String> {
        // Whoever waits for what the workers do need not make requests meanwhile.
        self.settle();
        let collection = collection.downcast_ref::<Collection>();
        collection.map_or_else(Vec::new, |collection| collection.names(&self.state))
    }
}
