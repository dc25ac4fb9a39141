//! The branch that an app follows: as calls change it, and as answers show it.

pub(super) mod push_rules;
mod settings;
mod view;

pub(super) use self::settings::{
    FollowingChange, follow_new, follow_rewired, note_deployed, update_following,
};
pub(super) use self::view::{LastPush, ShownBranch};
