//! Cloud DNS, version 1 of its REST API, and a DNS server that answers from its zones.
//!
//! | module | what it holds |
//! |---|---|
//! | `model` | zones and their record sets |
//! | `routes` | the endpoints of projects, zones and record sets |
//! | `changes` | atomic changes, with the exact refusals |
//! | `record_set_rules` | what a record set may be |
//! | `zone_lookup` | what DNS answers from the zones |
//! | `dns_server` | the DNS server, over UDP and TCP |

mod changes;
mod dns_server;
mod model;
mod record_set_rules;
mod routes;
mod zone_lookup;

pub(super) use dns_server::Responder;
pub(super) use model::Zones;
pub(super) use routes::answer;
