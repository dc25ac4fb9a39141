//! The request to the compose policy, from a call.

use covibe_compose::Request;
use covibe_workspace::Workspace;

/// Returns the request for the file of an app with this name, with the values of its variables, and
/// the names of those whose values are shown once.
pub(in crate::apps) fn request<'a>(
    cx: &Workspace,
    app: Option<&'a str>,
    variables: Vec<(&'a str, &'a str)>,
    secret: Vec<&'a str>,
) -> Request<'a> {
    let rules = cx.settings().compose.clone();
    Request { app, variables, secret, rules, ..Request::default() }
}
