//! Failures of what works on repositories.

use std::fmt::Display;

use super::super::errors::message;
use crate::wire::Reply;

/// 500 with what broke, because it is the simulator that did.
pub(super) fn broken(why: impl Display) -> Reply {
    message(500, &why.to_string())
}

/// 409 of what a repository without a commit can't answer.
pub(super) fn empty() -> Reply {
    message(409, "Git Repository is empty.")
}

/// 422.
pub(super) fn invalid(text: &str) -> Reply {
    message(422, text)
}
