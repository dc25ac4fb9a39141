//! The branch that an app follows: as calls change it, and as answers show it.

pub(super) mod rules;
mod settings;
mod shown;

pub(super) use self::settings::{
    FollowingChange, follow_new, follow_rewired, note_deployed, update_following,
};
pub(super) use self::shown::{LastPush, ShownBranch};
