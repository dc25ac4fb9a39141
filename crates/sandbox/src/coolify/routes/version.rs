//! `/version`.

use super::route::{Route, route};
use crate::core::wire::Reply;

pub(super) const ROUTES: &[Route] =
    &[route("GET", "/version", |state, _, _| Ok(Reply::text(&state.told_version)))];
