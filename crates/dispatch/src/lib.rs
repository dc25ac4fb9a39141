//! The way of one call, behind every surface: admit, record, run, record.

mod call;
mod dispatcher;
mod errors;
mod permits;
mod rates;
mod recorded;
mod refusals;
mod repeats;
mod request;
mod running;
mod waiting;

pub use call::{Call, Surface};
pub use covibe_identity::Caller;
pub use covibe_workspace::{
    AuditHealth, CallRate, DatabaseHealth, Progress, Registry, Tool, Update,
};
pub use dispatcher::Dispatcher;
pub use permits::Place;
pub use request::Request;
