//! The present state of resources: by docker where the server reaches its host, else by Coolify, whose word may be
//! older than what it speaks of.
//!
//! | module | what it contains |
//! |---|---|
//! | `current` | the present state of a resource |
//! | `list` | the present states of the resources of a list |
//! | `look` | one look at the containers |
//! | `part` | one service of a resource, or its one container, as it was seen |
//! | `together` | the services of a resource together |
//! | `containers` | the containers of a compose service, as callers see them |
//! | `told` | the states that Coolify reports |

mod containers;
mod current;
mod list;
mod look;
mod part;
mod together;
mod told;

pub(crate) use containers::{Container, containers};
pub(crate) use current::{Sight, ask_docker, sight};
pub(crate) use list::sights;
pub(crate) use look::{Source, look_at_parts};
pub(crate) use part::{Condition, Part, runs};
pub(crate) use told::{health_of, present, read_row, seen, state_of_created, without_passed_check};
