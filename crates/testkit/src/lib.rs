//! The parts that tests share: a throwaway PostgreSQL, a whole server over simulated upstreams, and
//! an agent that calls it by each of its surfaces.

pub mod agent;
pub mod browser;
pub mod calls;
pub mod git;
pub mod http;
pub mod invariants;
pub mod operations;
pub mod operator;
pub mod postgres;
pub mod secrets;
pub mod server;

pub use agent::{Agent, Answer};
pub use browser::Browser;
pub use calls::{Upstream, UpstreamCall};
pub use covibe_workspace::{
    BotRole, CallRate, CallRates, Reconciled, RepositoryBuilds, Retention, StartLimits, TreeLimits,
};
pub use invariants::invariants;
pub use operator::Operator;
pub use postgres::{Loss, Relay};
pub use secrets::Secrets;
pub use server::{
    Instance, Location, Member, Options, Person, Process, S3Client, World, dns, mint, new_workspace,
};
