//! The parts that tests share: a throwaway PostgreSQL, a whole server over simulated upstreams, and
//! an agent that calls it by each of its surfaces.

pub mod agent;
pub mod calls;
pub mod git;
pub mod instance;
pub mod invariants;
pub mod operator;
pub mod postgres;
pub mod process;
pub mod secrets;
pub mod variables;
pub mod world;

pub use agent::{Agent, Answer};
pub use calls::{Upstream, UpstreamCall};
pub use instance::Instance;
pub use invariants::invariants;
pub use operator::Operator;
pub use process::{Location, Process};
pub use secrets::Secrets;
pub use world::{Member, Options, World};
