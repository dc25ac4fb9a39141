//! A call about a repository.

use crate::core::request_types::Request;
use crate::gitea::auth::Caller;

/// A call about a repository that the caller has the right for.
pub(super) struct Call<'a> {
    pub(super) request: &'a Request,
    pub(super) caller: &'a Caller,
    /// The repository's id.
    pub(super) repo: i64,
    /// The segments after the one that names the route.
    pub(super) rest: &'a [&'a str],
}
