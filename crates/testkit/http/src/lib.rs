//! The worlds of tests behind HTTP, further servers of them, and people with browsers.

mod http_server;
mod instance;
mod person;
mod world;

pub use covibe_testkit::*;
pub use instance::Instance;
pub use person::Person;
pub use world::World;
