//! What the compose policy learns of a call.

use covibe_compose::Request;
use covibe_workspace::Workspace;

/// Returns the request for the file of an app with this name, with the values of its variables.
pub(super) fn request<'a>(
    cx: &Workspace,
    app: Option<&'a str>,
    variables: Vec<(&'a str, &'a str)>,
) -> Request<'a> {
    let rules = cx.settings().compose.clone();
    Request { app, variables, rules, ..Request::default() }
}
