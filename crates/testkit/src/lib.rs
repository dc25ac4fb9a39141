//! What tests share: a throwaway PostgreSQL, a whole server over simulated upstreams, and an
//! agent that talks to it by each of its surfaces.

pub mod agent;
pub mod postgres;
pub mod process;
pub mod world;

pub use agent::{Agent, Answer};
pub use process::Process;
pub use world::{Member, Options, World};
