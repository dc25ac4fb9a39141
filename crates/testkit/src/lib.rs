//! The parts that tests share: a server over simulated upstreams, and agents that call it. It serves no HTTP unless
//! `covibe-testkit-http` puts that in front.

pub mod agent;
pub mod cost_beside_others;
pub mod git;
pub mod gitea_browser;
pub mod http_client;
pub mod invariants;
pub mod operation_costs;
pub mod operator;
pub mod secret_search;
pub mod server;
pub mod support;
pub mod upstream_calls;

pub use agent::{Agent, AgentAnswer};
pub use covibe_testkit_postgres::{self as postgres, Loss, Relay};
pub use covibe_workspace::{
    BotRole, CallRate, DetachedTimes, Reconciled, RepositoryBuilds, Retention, TreeLimits,
};
pub use gitea_browser::Browser;
pub use invariants::invariants;
pub use operator::Operator;
pub use secret_search::Secrets;
pub use server::{
    Front, Instance, Location, Member, Options, Process, Provisioned, RunningFront, S3Client,
    World, dns_queries, mint, new_workspace,
};
pub use upstream_calls::{Upstream, UpstreamCall};
