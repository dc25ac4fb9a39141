//! The filters of lists: exactly one, which names a resource.

use serde::Deserialize;

use crate::http::Refusal;
use crate::names::{PROJECT, is_uuid, is_volume};

const UNFILTERED: Refusal =
    Refusal::barred("a list needs one filter: the label com.docker.compose.project, or a volume");

/// What a list is filtered by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Filter {
    /// The resource of this uuid.
    Project(String),
    /// The containers that use this volume.
    Volume(String),
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Filters {
    label: Vec<String>,
    volume: Vec<String>,
}

impl Filter {
    /// Reads the filters of a query.
    pub(super) fn read(text: Option<String>) -> Result<Self, Refusal> {
        let filters = text.and_then(|text| serde_json::from_str::<Filters>(&text).ok());
        let filters = filters.ok_or(UNFILTERED)?;
        match (filters.label.as_slice(), filters.volume.as_slice()) {
            ([label], []) => project(label).ok_or(UNFILTERED),
            ([], [volume]) if is_volume(volume) => Ok(Self::Volume(volume.clone())),
            _ => Err(UNFILTERED),
        }
    }

    /// Returns the filter as the engine reads it.
    pub(super) fn text(&self) -> String {
        let filters = match self {
            Self::Project(uuid) => serde_json::json!({ "label": [format!("{PROJECT}={uuid}")] }),
            Self::Volume(name) => serde_json::json!({ "volume": [name] }),
        };
        filters.to_string()
    }
}

fn project(label: &str) -> Option<Filter> {
    let uuid = label.strip_prefix(PROJECT)?.strip_prefix('=')?;
    is_uuid(uuid).then(|| Filter::Project(uuid.to_owned()))
}
