//! The branch that an app follows: as calls change it, and as answers show it.

pub(in crate::apps) mod push_rules;
mod settings;
mod view;

pub(in crate::apps) use self::settings::{
    FollowingChange, follow_new, follow_rewired, note_deployed, update_following,
};
pub(in crate::apps) use self::view::{LastPush, ShownBranch};
