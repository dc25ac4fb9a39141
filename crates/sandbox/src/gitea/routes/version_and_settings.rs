//! `/version` and `/settings`, which need no token.

use serde_json::json;

use crate::core::request_types::Reply;
use crate::gitea::model::GiteaState;
use crate::gitea::rules::paging::{DEFAULT_LIMIT, MAX_LIMIT};

/// `GET /version`.
pub(super) fn version(state: &GiteaState) -> Reply {
    Reply::json(200, json!({ "version": state.settings.version }))
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

/// `GET /settings/repository`.
pub(super) fn repository(state: &GiteaState) -> Reply {
    let settings = &state.settings;
    Reply::json(
        200,
        json!({
            "mirrors_disabled": !settings.mirrors, "http_git_disabled": false,
            "migrations_disabled": !settings.migrations, "stars_disabled": false,
            "time_tracking_disabled": false, "lfs_disabled": false,
        }),
    )
}
