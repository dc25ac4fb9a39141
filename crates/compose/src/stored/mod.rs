//! Facts about a file that Coolify or a repository stores.

mod file_comparison;
mod named_files;
mod named_paths;
mod services;
mod stored_variables;

pub use file_comparison::{is_same_file, normal_form};
pub use named_files::{NamedFiles, named_files};
pub use named_paths::MAX_NAMED;
pub use services::{
    ListedService, compose_services, layout, listed_services, longest_check,
    may_route_by_variables, mounts_paths,
};
pub use stored_variables::StoredVariables;
