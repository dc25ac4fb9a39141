//! Compose files: read, judged, rewritten; pure.
//!
//! Three parsers would read an agent's compose file: ours, Coolify's and Docker Compose's. So the
//! agent's text is never sent. It is read into a tree, rewritten where that is harmless, judged
//! against lists of what is accepted, and what is sent is a canonical text of the judged tree,
//! which all parsers read alike.
//!
//! | module | task |
//! |---|---|
//! | `yaml` | reads the text into a tree of nodes, with aliases and merges resolved |
//! | `variables` | reads the variables in a value as Docker Compose and as Coolify do |
//! | `rewrite` | makes a file that a project publishes one that Coolify runs as it is meant |
//! | `judge` | compares each key and value with the lists, and returns the tree that is sent |
//! | `refusals` | the problems for which a file is refused |
//! | `canonical_text` | writes the tree |
//! | `domain_service` | finds the service and the port that get the domain |
//! | `describe` | describes the tree for callers: services and hints |
//! | `generated_file` | judges the file that Coolify generates |
//! | `rewrite_pipeline` | takes a file through these steps |
//! | `repository` | knows the files that a file of a repository can name |
//! | `stored` | describes files that Coolify stores |
//! | `volumes` | names the volumes that a file mounts, and reports the changes of another file to
//! them |

mod accepted_file;
mod canonical_text;
mod describe;
mod domain_service;
mod file_location;
mod generated_file;
mod judge;
mod operator_rules;
mod problem;
mod problem_list;
mod refusals;
mod repository;
mod rewrite;
mod rewrite_changes;
mod rewrite_pipeline;
mod stored;
mod stored_file;
mod variables;
mod volumes;
mod yaml;
mod yaml_tree;

pub use accepted_file::{Choice, Compose, ComposeService};
pub use describe::stored_services;
pub use generated_file::{OwnNames, Stray, sets_label, strays};
pub use operator_rules::Rules;
pub use repository::{CommittedFile, Repository};
pub use rewrite_changes::{Change, NeededVariables, Placeholders};
pub use rewrite_pipeline::{Request, check_stored, compose, sent_form};
pub use stored::{
    ListedService, MAX_NAMED, NamedFiles, StoredVariables, compose_services, is_same_file, layout,
    listed_services, longest_check, may_route_by_variables, mounts_paths, named_files, normal_form,
};
pub use stored_file::StoredFile;
pub use variables::docker_compose_interpolation::belongs_to_shell;
pub use variables::interpolation_parts::{
    has_deeply_nested_variables, names as referenced_variables,
};
pub use volumes::{Layout, Renamed, image_repository};
