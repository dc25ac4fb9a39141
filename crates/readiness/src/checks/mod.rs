//! The work of the checks, by the part of a server that they look at.
//!
//! A check is a function from what it runs with to a line about what passed, or to a finding. It decides nothing else:
//! its title, its weight and its place in a run are in the catalog.

pub(crate) mod closed;
pub(crate) mod device;
pub(crate) mod headers;
pub(crate) mod health;
pub(crate) mod key;
pub(crate) mod mcp;
pub(crate) mod package;
pub(crate) mod production;
pub(crate) mod reach;
pub(crate) mod sign_in;
