//! The object storage of the workspace.

use maud::{Markup, html};
use serde::Deserialize;

use crate::parts::table::empty;
use crate::parts::text::{badge, words};

/// The answer of `storage.describe`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Storage {
    /// The state of provisioning; `none` if there is no object storage.
    pub status: String,
    /// The provider.
    #[serde(default)]
    pub provider: Option<String>,
    /// The bucket.
    #[serde(default)]
    pub bucket: Option<String>,
    /// The address of its S3 interface.
    #[serde(default)]
    pub endpoint: Option<String>,
    /// The content of the bucket; absent if it could not be counted.
    #[serde(default)]
    pub usage: Option<Usage>,
    /// The reason why the usage is unknown.
    #[serde(default)]
    pub usage_unknown: Option<String>,
}

/// The number and size of the objects in the bucket.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Usage {
    /// The number of objects.
    pub objects: u64,
    /// Their size in bytes.
    pub bytes: u64,
    /// True if all objects were counted.
    pub is_complete: bool,
}

pub(super) fn storage(storage: &Storage) -> Markup {
    let Some(bucket) = storage.bucket.as_deref().filter(|_| storage.status != "none") else {
        return empty(
            "No object storage yet",
            "Agents provision a bucket when an app needs one.",
            None,
        );
    };
    html! {
        dl.facts.panel-body {
            dt { "State" } dd { (badge(&storage.status)) }
            dt { "Bucket" } dd.mono { (bucket) }
            @if let Some(provider) = &storage.provider { dt { "Provider" } dd { (words(provider)) } }
            @if let Some(endpoint) = &storage.endpoint { dt { "Endpoint" } dd.mono { (endpoint) } }
            @if let Some(usage) = storage.usage { dt { "Used" } dd { (describe_usage(usage)) } }
            @else if let Some(why) = &storage.usage_unknown { dt { "Used" } dd.muted { (why) } }
        }
    }
}

fn describe_usage(usage: Usage) -> String {
    let least = if usage.is_complete { "" } else { "at least " };
    format!("{least}{} in {} objects", size(usage.bytes), usage.objects)
}

/// Returns a size with its unit, rounded down to a tenth.
fn size(bytes: u64) -> String {
    let (unit, divisor) = match bytes {
        0..1_000 => return format!("{bytes} bytes"),
        1_000..1_000_000 => ("kB", 1_000),
        1_000_000..1_000_000_000 => ("MB", 1_000_000),
        _ => ("GB", 1_000_000_000),
    };
    let tenths = bytes / (divisor / 10);
    format!("{}.{} {unit}", tenths / 10, tenths % 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_rounded_down_to_a_tenth() {
        assert_eq!(
            [999, 1_000, 1_299, 48_200_000].map(size),
            ["999 bytes", "1.0 kB", "1.2 kB", "48.2 MB"]
        );
    }
}
