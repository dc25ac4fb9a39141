//! Manifests, indexes and configs of images (OCI image spec 1.1; Docker's manifest list and manifest, version 2, have the
//! same members).

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::digest::Digest;

/// The maximum number of labels of an image.
pub(crate) const MAX_LABELS: usize = 1000;

/// A manifest or an index, reduced to the one thing that is fetched next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Manifest {
    /// The digest of an image's config.
    Image(Digest),
    /// The digest of the manifest that an index lists for Linux: for `amd64` if there is one, else the first.
    Index(Digest),
}

/// The members of both kinds.
#[derive(Deserialize)]
struct Document {
    #[serde(rename = "schemaVersion")]
    schema_version: u32,
    manifests: Option<Vec<Descriptor>>,
    config: Option<Descriptor>,
}

#[derive(Deserialize)]
struct Descriptor {
    digest: String,
    platform: Option<Platform>,
}

#[derive(Deserialize)]
struct Platform {
    architecture: String,
    os: String,
}

#[derive(Deserialize)]
struct ConfigFile {
    config: Option<Runtime>,
}

#[derive(Deserialize)]
struct Runtime {
    #[serde(rename = "Labels")]
    labels: Option<BTreeMap<String, String>>,
}

impl Manifest {
    /// Reads a manifest or an index. Returns `None` for other forms, such as the first version of
    /// Docker's manifest, and for an index without an image for Linux.
    pub(crate) fn read(text: &[u8]) -> Option<Self> {
        let document: Document = serde_json::from_slice(text).ok()?;
        if document.schema_version != 2 {
            return None;
        }
        match (document.manifests, document.config) {
            (Some(listed), None) => Digest::parse(&choose(&listed)?.digest).map(Self::Index),
            (None, Some(config)) => Digest::parse(&config.digest).map(Self::Image),
            _ => None,
        }
    }
}

fn choose(listed: &[Descriptor]) -> Option<&Descriptor> {
    let platform = |each: &Descriptor, is_chosen: fn(&Platform) -> bool| {
        each.platform.as_ref().is_some_and(is_chosen)
    };
    let usual = listed
        .iter()
        .find(|each| platform(each, |it| it.os == "linux" && it.architecture == "amd64"));
    // The attestations that BuildKit adds are for the system `unknown`.
    usual.or_else(|| listed.iter().find(|each| platform(each, |it| it.os == "linux")))
}

/// Returns the labels in a config, empty if it has none. Returns `None` for a text that is not a
/// config, and for more than [`MAX_LABELS`].
pub(crate) fn labels(text: &[u8]) -> Option<BTreeMap<String, String>> {
    let file: ConfigFile = serde_json::from_slice(text).ok()?;
    let labels = file.config.and_then(|config| config.labels).unwrap_or_default();
    (labels.len() <= MAX_LABELS).then_some(labels)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn digest(digit: char) -> String {
        format!("sha256:{}", digit.to_string().repeat(64))
    }

    fn read(document: &Value) -> Option<Manifest> {
        Manifest::read(document.to_string().as_bytes())
    }

    /// Reads an index with these platforms, whose digests are 0, 1, 2 and so on.
    fn chosen(platforms: &[Value]) -> Option<char> {
        let digits = "0123456789".chars();
        let listed = platforms
            .iter()
            .zip(digits)
            .map(|(platform, digit)| json!({ "digest": digest(digit), "platform": platform }));
        let index = json!({ "schemaVersion": 2, "manifests": listed.collect::<Vec<_>>() });
        match read(&index)? {
            Manifest::Index(digest) => digest.as_str().chars().last(),
            Manifest::Image(_) => None,
        }
    }

    #[test]
    fn an_index_selects_linux_amd64_or_else_the_first_linux_platform() {
        let platform =
            |os: &str, architecture: &str| json!({ "os": os, "architecture": architecture });
        let [arm, amd] = ["arm64", "amd64"].map(|architecture| platform("linux", architecture));
        let (attestation, windows) = (platform("unknown", "unknown"), platform("windows", "amd64"));
        let more = json!({ "os": "linux", "architecture": "amd64", "variant": "v2", "os.version": "1", "x": [1] });
        for (platforms, expected) in [
            (vec![windows.clone(), arm.clone(), amd], Some('2')),
            (vec![arm.clone(), more], Some('1')),
            (vec![attestation.clone(), windows.clone(), arm.clone()], Some('2')),
            (vec![Value::Null, arm], Some('1')),
            (vec![attestation, windows], None),
            (vec![Value::Null], None),
            (vec![], None),
        ] {
            assert_eq!(chosen(&platforms), expected, "{platforms:?}");
        }
    }

    #[test]
    fn a_manifest_yields_its_config_digest_and_other_documents_yield_nothing() {
        let config = Digest::parse(&digest('a')).unwrap();
        let manifest = json!({ "schemaVersion": 2, "config": { "digest": digest('a'), "size": 7 }, "layers": [] });
        assert_eq!(read(&manifest), Some(Manifest::Image(config)));
        for other in [
            json!({}),
            json!([]),
            json!({ "schemaVersion": 1, "config": { "digest": digest('a') } }),
            json!({ "schemaVersion": 2 }),
            json!({ "schemaVersion": 2, "manifests": {}, "config": null }),
            json!({ "schemaVersion": 2, "manifests": [], "config": { "digest": digest('a') } }),
            json!({ "schemaVersion": 2, "config": { "digest": "sha256:../../../v2" } }),
            json!({ "schemaVersion": 2, "config": { "digest": 7 } }),
            json!({ "schemaVersion": 2, "manifests": [7] }),
        ] {
            assert_eq!(read(&other), None, "{other}");
        }
    }

    fn labels_of(config: &Value) -> Option<BTreeMap<String, String>> {
        labels(config.to_string().as_bytes())
    }

    #[test]
    fn labels_are_read_from_the_config_up_to_the_maximum_number() {
        let config = |labels: &Value| {
            labels_of(&json!({ "os": "linux", "config": { "Env": [], "Labels": labels } }))
        };
        let many = |count: usize| {
            (0..count).map(|at| (at.to_string(), json!(""))).collect::<serde_json::Map<_, _>>()
        };
        assert_eq!(
            config(&json!({ "a": "b" })),
            Some(BTreeMap::from([("a".to_owned(), "b".to_owned())]))
        );
        assert_eq!(config(&Value::Null), Some(BTreeMap::new()));
        assert_eq!(labels_of(&json!({ "os": "linux" })), Some(BTreeMap::new()));
        assert_eq!(config(&many(MAX_LABELS).into()).map(|labels| labels.len()), Some(MAX_LABELS));
        assert_eq!(config(&many(MAX_LABELS + 1).into()), None);
        for bad in [json!({ "a": 1 }), json!(["a"]), json!("a")] {
            assert_eq!(config(&bad), None, "{bad}");
        }
        assert_eq!(labels(b"[1]"), None);
        assert_eq!(labels(b""), None);
    }
}
