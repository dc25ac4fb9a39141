//! What can be said of a file that Coolify stores.

mod same;
mod services;
mod variables;

pub use same::{is_same_file, normal_form};
pub use services::{
    ListedService, compose_services, layout, listed_services, longest_check,
    may_route_by_variables, mounts_paths,
};
pub use variables::StoredVariables;
