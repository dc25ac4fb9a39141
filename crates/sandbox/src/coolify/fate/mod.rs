//! What becomes of what is deployed, where no test has arranged it: what would surely fail with a real Coolify fails.
//!
//! There is no registry and no Docker here, so the rules know a few mistakes and let everything else run.
//!
//! | module | mistake |
//! |---|---|
//! | `images` | an image that nobody has |
//! | `ending` | a command that ends at once |
//! | `shell` | the statements of such a command |
//! | `ports` | a port on which nothing listens |

mod ending;
mod images;
mod ports;
mod shell;

pub(crate) use ending::Ending;
pub(crate) use images::{not_found, pull_failure};
pub(crate) use ports::listens_on;
pub(crate) use shell::{Done, run};
