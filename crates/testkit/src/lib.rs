//! The parts that tests share: a server over simulated upstreams, and agents that call it. It serves no HTTP unless
//! `covibe-testkit-http` puts that in front.

pub mod agent;
pub mod browser;
pub mod calls;
pub mod git;
pub mod http;
pub mod invariants;
pub mod operations;
pub mod operator;
pub mod scale;
pub mod secrets;
pub mod server;
pub mod support;

pub use agent::{Agent, AgentAnswer};
pub use browser::Browser;
pub use calls::{Upstream, UpstreamCall};
pub use covibe_testkit_postgres::{self as postgres, Loss, Relay};
pub use covibe_workspace::{
    BotRole, CallRate, CallRates, Reconciled, ReleaseTimes, RepositoryBuilds, Retention,
    StartLimits, TreeLimits,
};
pub use invariants::invariants;
pub use operator::Operator;
pub use secrets::Secrets;
pub use server::{
    Front, Instance, Location, Member, Options, Process, RunningFront, S3Client, World, dns, mint,
    new_workspace,
};
