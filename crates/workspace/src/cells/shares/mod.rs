//! What the workspaces of a tenant may use of Coolify's workers at once.

mod turns;
mod under_way;

pub(crate) use turns::Turns;
pub(crate) use under_way::StartsUnderWay;
