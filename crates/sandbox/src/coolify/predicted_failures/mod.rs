//! The fate of deployments that no test has arranged: those fail that would surely fail with a real Coolify.
//!
//! There is no registry and no Docker here, so the rules know a few mistakes and let everything else run.
//!
//! | module | mistake |
//! |---|---|
//! | `missing_images` | an image that nobody has, a port on which none of its programs listens |
//! | `short_lived_commands` | a command that ends at once |
//! | `shell` | the statements of such a command |

mod missing_images;
mod shell;
mod short_lived_commands;

pub(crate) use missing_images::{listens_on, not_found, pull_failure};
pub(crate) use shell::{ScriptResult, run};
pub(crate) use short_lived_commands::Ending;
