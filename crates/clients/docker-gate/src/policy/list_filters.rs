//! The filters of lists: exactly one, which names a resource or a deployment.

use serde::Deserialize;

use crate::http::Refusal;
use crate::resource_names::{PROJECT, SERVICE, is_uuid, is_volume, uuid_of_proxy, whole_name};

const UNFILTERED: Refusal = Refusal::forbidden(
    "a list needs one filter: the label com.docker.compose.project, a volume, or a name",
);

/// The filter of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Filter {
    /// The resource of this uuid.
    Project(String),
    /// The proxy of the public database of this uuid.
    Proxy(String),
    /// The containers that use this volume.
    Volume(String),
    /// The container in which Coolify carries out the deployment of this uuid, which is its whole name.
    Helper(String),
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Filters {
    label: Vec<String>,
    volume: Vec<String>,
    name: Vec<String>,
}

impl Filter {
    /// Reads the filters of a query.
    pub(super) fn read(text: Option<String>) -> Result<Self, Refusal> {
        let filters = text.and_then(|text| serde_json::from_str::<Filters>(&text).ok());
        let filters = filters.ok_or(UNFILTERED)?;
        match (filters.label.as_slice(), filters.volume.as_slice(), filters.name.as_slice()) {
            ([label], [], []) => project(label).or_else(|| proxy(label)).ok_or(UNFILTERED),
            ([], [volume], []) if is_volume(volume) => Ok(Self::Volume(volume.clone())),
            ([], [], [name]) => helper(name).ok_or(UNFILTERED),
            _ => Err(UNFILTERED),
        }
    }

    /// Returns the filter as the engine reads it.
    pub(super) fn text(&self) -> String {
        let filters = match self {
            Self::Project(uuid) => serde_json::json!({ "label": [format!("{PROJECT}={uuid}")] }),
            Self::Proxy(uuid) => {
                serde_json::json!({ "label": [format!("{SERVICE}={uuid}-proxy")] })
            }
            Self::Volume(name) => serde_json::json!({ "volume": [name] }),
            Self::Helper(uuid) => serde_json::json!({ "name": [whole_name(uuid)] }),
        };
        filters.to_string()
    }
}

fn project(label: &str) -> Option<Filter> {
    let uuid = label.strip_prefix(PROJECT)?.strip_prefix('=')?;
    is_uuid(uuid).then(|| Filter::Project(uuid.to_owned()))
}

fn proxy(label: &str) -> Option<Filter> {
    let service = label.strip_prefix(SERVICE)?.strip_prefix('=')?;
    uuid_of_proxy(service).map(|uuid| Filter::Proxy(uuid.to_owned()))
}

fn helper(name: &str) -> Option<Filter> {
    let uuid = name.strip_prefix("^/?")?.strip_suffix('$').filter(|uuid| is_uuid(uuid))?;
    Some(Filter::Helper(uuid.to_owned()))
}
