//! Apps that run: deployments, commands, logs and volumes.
//!
//! | module | contents |
//! |---|---|
//! | `deploy`, `deployments`, `control` | the operations of these names |
//! | `pushes` | the deployments that pushes cause |
//! | `exec`, `logs`, `volumes` | commands in containers, their output, and files that outlast them |
//! | `open_deployments` | the deployments of an app that is to be stopped or deleted |

pub(in crate::apps) mod control;
pub(in crate::apps) mod deploy;
pub(in crate::apps) mod deployments;
pub(in crate::apps) mod exec;
pub(in crate::apps) mod logs;
pub(in crate::apps) mod open_deployments;
pub(in crate::apps) mod pushes;
pub(in crate::apps) mod volumes;
