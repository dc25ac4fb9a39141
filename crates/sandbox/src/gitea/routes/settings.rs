//! `/version` and `/settings`, which need no token, and the form for signing up.

use serde_json::json;

use crate::core::wire::{Answer, Reply, Request};
use crate::gitea::errors;
use crate::gitea::model::State;
use crate::gitea::rules::paging::{DEFAULT_LIMIT, MAX_LIMIT};

/// `GET /version`.
pub(super) fn version(state: &State) -> Reply {
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
pub(super) fn repository(state: &State) -> Reply {
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

/// Answers a page for people: only the form for signing up is there.
pub(super) fn page(state: &State, request: &Request) -> Answer {
    if (request.method.as_str(), request.path.as_str()) != ("GET", "/user/sign_up") {
        return Err(errors::no_route());
    }
    // The form is always there, its fields are not.
    let fields = if state.settings.sign_up {
        "<input id=\"user_name\" name=\"user_name\" autofocus required>"
    } else {
        "<p>Registration is disabled.</p>"
    };
    let form = "<form class=\"ui form\" action=\"/user/sign_up\" method=\"post\">";
    Ok(Reply::text(&format!("{form}{fields}</form>")))
}
