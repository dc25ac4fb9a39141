//! Reads the bodies of requests: JSON objects with known members only, each once.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::http::Refusal;
use crate::resource_names::Marker;

const BODY: Refusal = Refusal::forbidden("the body is not valid for this call");

/// Fails if there is a body.
pub(super) fn check_empty(body: &[u8]) -> Result<(), Refusal> {
    if body.is_empty() { Ok(()) } else { Err(Refusal::forbidden("this call has no body")) }
}

/// Reads a body. Unknown and repeated members are refused.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Refusal> {
    serde_json::from_slice(body).map_err(|_| BODY)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Kill {
    marker: Option<String>,
}

/// Reads the mark of the command that is to end; an empty body has none.
pub(super) fn marker(body: &[u8]) -> Result<Option<Marker>, Refusal> {
    if body.is_empty() {
        return Ok(None);
    }
    let marker = read::<Kill>(body)?.marker;
    marker.map(|text| Marker::new(&text).ok_or(BODY)).transpose()
}
