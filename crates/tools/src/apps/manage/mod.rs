//! Creating, changing, reading and deleting apps.
//!
//! | module | contents |
//! |---|---|
//! | `create`, `update`, `delete`, `get`, `list` | the operations of these names |
//! | `envs`, `domains` | the variables and the domains of an app |
//! | `runtime_settings` | volumes and health checks, which creating, changing and reading share |

pub(in crate::apps) mod create;
pub(in crate::apps) mod delete;
pub(in crate::apps) mod domains;
pub(in crate::apps) mod envs;
pub(in crate::apps) mod get;
pub(in crate::apps) mod list;
pub(in crate::apps) mod runtime_settings;
pub(in crate::apps) mod update;
