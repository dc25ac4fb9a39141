//! Cloud DNS, version 1 of its REST API, and a DNS server that answers from its zones.
//!
//! | module | what it holds |
//! |---|---|
//! | `model` | zones and their record sets |
//! | `routes` | the endpoints of projects, zones and record sets |
//! | `changes` | atomic changes, with the exact refusals |
//! | `rules` | what a record set may be |
//! | `lookup` | what DNS answers from the zones |
//! | `responder` | the DNS server, over UDP and TCP |

mod changes;
mod lookup;
mod model;
mod responder;
mod routes;
mod rules;

pub(super) use model::Zones;
pub(super) use responder::Responder;
pub(super) use routes::answer;
