//! What somebody has done by hand: completed, repaired, or refused with a hint and then completed.

mod coolify;
mod gitea;
