//! `/version` and `/settings/api`, which need no token.

use serde_json::json;

use crate::core::wire::Reply;
use crate::gitea::rules::paging::{DEFAULT_LIMIT, MAX_LIMIT};

/// The simulated release.
const VERSION: &str = "1.26.3";

/// `GET /version`.
pub(super) fn version() -> Reply {
    Reply::json(200, json!({ "version": VERSION }))
}

/// `GET /settings/api`.
pub(super) fn api() -> Reply {
    Reply::json(
        200,
        json!({
            "max_response_items": MAX_LIMIT, "default_paging_num": DEFAULT_LIMIT,
            "default_git_trees_per_page": 1000, "default_max_blob_size": 10_485_760,
            "default_max_response_size": 104_857_600,
        }),
    )
}
