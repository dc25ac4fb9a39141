//! The deliveries of hooks after a push: a request for each hook, once, some time after the push,
//! without a repetition if it fails (seen with Gitea 1.25.2, 1.21.4 and Forgejo 11.0.1).

mod allowed_hosts;
mod delivery_queue;
mod payload;
mod send;

pub(crate) use delivery_queue::{Deliveries, Target};
pub(crate) use payload::Repository;
