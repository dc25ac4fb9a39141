//! The branch that an app follows: as calls change it, and as answers show it.

pub(in crate::apps) mod push_rules;
mod settings;
mod shown_branch;

pub(in crate::apps) use self::settings::{
    FollowingChange, follow_new, follow_rewired, note_deployed, update_following,
};
pub(in crate::apps) use self::shown_branch::{LastPush, ShownBranch};
