//! The fate of deployments that no test has arranged: those fail that would surely fail with a real Coolify.
//!
//! There is no registry and no Docker here, so the rules know a few mistakes and let everything else run.
//!
//! | module | mistake |
//! |---|---|
//! | `images` | an image that nobody has, a port on which none of its programs listens |
//! | `ending` | a command that ends at once |
//! | `shell` | the statements of such a command |

mod ending;
mod images;
mod shell;

pub(crate) use ending::Ending;
pub(crate) use images::{listens_on, not_found, pull_failure};
pub(crate) use shell::{ScriptResult, run};
