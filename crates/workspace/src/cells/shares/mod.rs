//! What the workspaces of a tenant may use of Coolify's workers at once.

mod turns;
mod under_way;

pub(crate) use turns::Turns;
pub use under_way::StartPlace;
pub(crate) use under_way::{BOUNDED, LONGEST, StartsUnderWay, Target, Terms};
