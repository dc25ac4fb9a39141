//! The tools of the platform server.

mod covibe;
mod declared;
mod memory;
mod prd;
mod processes;
mod search;
mod skills;
mod world;
