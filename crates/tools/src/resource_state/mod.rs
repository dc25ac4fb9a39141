//! The current state of resources: by docker where the server reaches its host, else by Coolify, whose word may be
//! older than what it speaks of.
//!
//! | module | what it contains |
//! |---|---|
//! | `current_state` | the current state of a resource |
//! | `listed_states` | the current states of the resources of a list |
//! | `look` | one look at the containers |
//! | `part` | one service of a resource, or its one container, as it was seen |
//! | `combined_status` | the services of a resource together |
//! | `containers` | the containers of a compose service, as callers see them |
//! | `coolify_report` | the states that Coolify reports |

mod combined_status;
mod container_inspection;
mod containers;
mod coolify_report;
mod current_state;
mod listed_states;
mod service_state;

pub(crate) use container_inspection::{StateSource, look_at_parts};
pub(crate) use containers::{Container, containers};
pub(crate) use coolify_report::{
    correct_status, health_of, present_containers, read_row, state_of_created, without_passed_check,
};
pub(crate) use current_state::{Sight, ask_docker, sight};
pub(crate) use listed_states::sights;
pub(crate) use service_state::{Condition, Part, runs};
