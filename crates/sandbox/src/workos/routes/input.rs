//! The members of a request's body.

use crate::core::wire::Request;

/// Returns a text of the body; `None` where it is absent or empty.
pub(super) fn text(request: &Request, name: &str) -> Option<String> {
    let value = request.json()?.get(name)?.as_str().map(str::to_owned);
    value.filter(|text| !text.is_empty())
}
