//! Compose files: read, judged, rewritten; pure.
//!
//! An agent's compose file is read, judged against lists of what is accepted, and written anew.
//! Three parsers would read the agent's text: ours, Coolify's and Docker Compose's. What is sent is
//! therefore never that text, but our own of the tree that was judged, in a form that every parser
//! reads alike.
//!
//! | module | step |
//! |---|---|
//! | `yaml` | reads the text into a tree, with its aliases and merges resolved |
//! | `variables` | reads the variables in a value, as Docker Compose and as Coolify do |
//! | `judge` | holds each key and value against the lists, and brings them into one form |
//! | `canonical` | writes the judged tree |
//! | `describe` | tells what callers need to know of a judged file |

mod canonical;
mod describe;
mod judge;
mod model;
mod pipeline;
mod report;
mod services;
mod variables;
mod yaml;

pub use model::{Compose, ComposeService};
pub use pipeline::compose;
pub use services::compose_services;
