//! Compose files: read, judged, rewritten; pure.
//!
//! Three parsers would read an agent's compose file: ours, Coolify's and Docker Compose's. So the
//! agent's text is never sent. It is read into a tree, the tree is judged against lists of what is
//! accepted, and what is sent is a canonical text of the judged tree, which all parsers read alike.
//!
//! | module | task |
//! |---|---|
//! | `yaml` | reads the text into a tree of nodes, with aliases and merges resolved |
//! | `variables` | reads the variables in a value as Docker Compose and as Coolify do |
//! | `judge` | compares each key and value with the lists, and returns the tree that is sent |
//! | `refusals` | the problems for which a file is refused |
//! | `canonical` | writes the tree |
//! | `describe` | tells callers about the tree: services and hints |
//! | `generated` | judges what Coolify makes of the file |
//! | `pipeline` | takes a file through these steps |

mod canonical;
mod describe;
mod generated;
mod judge;
mod location;
mod model;
mod pipeline;
mod problem;
mod refusals;
mod report;
mod services;
mod tree;
mod variables;
mod yaml;

pub use generated::{OwnNames, Stray, strays};
pub use model::{Compose, ComposeService};
pub use pipeline::compose;
pub use services::{ListedService, compose_services, listed_services, may_route_by_variables};
