//! The compose files of apps.
//!
//! | module | contents |
//! |---|---|
//! | `policy_request`, `repository_compose`, `repository_files` | before a file is judged, and the file of a repository |
//! | `file_changes`, `variable_rows`, `container_exclusion` | what differs from the caller's file, or from the one before |
//! | `generated_file_check`, `generated_hosts`, `stored_files`, `start_preconditions` | what Coolify makes of a file |

pub(in crate::apps) mod container_exclusion;
pub(in crate::apps) mod file_changes;
pub(in crate::apps) mod generated_file_check;
pub(in crate::apps) mod generated_hosts;
pub(in crate::apps) mod policy_request;
pub(in crate::apps) mod repository_compose;
pub(in crate::apps) mod repository_files;
pub(in crate::apps) mod start_preconditions;
pub(in crate::apps) mod stored_files;
pub(in crate::apps) mod variable_rows;
