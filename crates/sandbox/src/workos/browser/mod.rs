//! The pages that browsers see.

mod authorize;
mod invite;
mod logout;
mod page_helpers;

pub(super) use authorize::authorize;
pub(super) use invite::invite;
pub(super) use logout::logout;
pub(super) use page_helpers::{UNKNOWN_REDIRECT, redirect_unknown};
