//! Labels in the engine's answers, up to a limit, and the labels that a container has from its
//! image.

use std::collections::BTreeMap;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::json;

use crate::resource_names::{MOST_LABEL_BYTES, MOST_LABELS, PROJECT};

/// The labels of a container or an image.
#[derive(Debug, Default)]
pub(crate) struct Labels {
    /// The value of [`PROJECT`], which is read even if the others are too many.
    pub(crate) project: Option<String>,
    /// All of them; `None` if they exceed the limit.
    all: Option<BTreeMap<String, String>>,
}

impl<'de> Deserialize<'de> for Labels {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(Reading)
    }
}

struct Reading;

impl<'de> Visitor<'de> for Reading {
    type Value = Labels;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("labels")
    }

    fn visit_unit<E>(self) -> Result<Labels, E> {
        Ok(Labels { project: None, all: Some(BTreeMap::new()) })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Labels, A::Error> {
        let (mut all, mut bytes, mut project) = (Some(BTreeMap::new()), 0, None);
        while let Some((key, value)) = map.next_entry::<String, String>()? {
            if key == PROJECT {
                project = Some(value.clone());
            }
            bytes += key.len() + value.len();
            all = all.filter(|kept| kept.len() < MOST_LABELS && bytes <= MOST_LABEL_BYTES);
            if let Some(kept) = &mut all {
                kept.insert(key, value);
            }
        }
        Ok(Labels { project, all })
    }
}

/// Returns the labels that a container has from its image as a JSON text, or `tooMany` if they
/// exceed the limit.
pub(crate) fn inherited_json(container: Option<Labels>, image: Option<Labels>) -> Vec<u8> {
    // A missing object means no labels.
    let all = |labels: Option<Labels>| labels.map_or(Some(BTreeMap::new()), |labels| labels.all);
    let told = match (all(container), all(image)) {
        (Some(container), Some(mut labels)) => {
            labels.retain(|key, value| container.get(key) == Some(value));
            json!({ "labels": labels })
        }
        _ => json!({ "tooMany": true }),
    };
    told.to_string().into_bytes()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn labels(of: &Value) -> Option<Labels> {
        serde_json::from_value(of.clone()).unwrap()
    }

    fn inherited_value(container: &Value, image: &Value) -> Value {
        serde_json::from_slice(&inherited_json(labels(container), labels(image))).unwrap()
    }

    #[test]
    fn a_label_is_inherited_if_the_container_has_it_with_the_images_value() {
        let container = json!({ "a": "1", "b": "of compose", "c": "of compose" });
        let image = json!({ "a": "1", "b": "of the image", "d": "overridden by nothing" });
        assert_eq!(inherited_value(&container, &image), json!({ "labels": { "a": "1" } }));
        assert_eq!(inherited_value(&Value::Null, &image), json!({ "labels": {} }));
        assert_eq!(inherited_value(&container, &Value::Null), json!({ "labels": {} }));
    }

    #[test]
    fn labels_above_the_limits_are_reported_as_too_many() {
        let many = |count: usize| -> Value {
            (0..count)
                .map(|n| (n.to_string(), json!("x")))
                .collect::<serde_json::Map<_, _>>()
                .into()
        };
        assert_eq!(inherited_value(&json!({}), &many(MOST_LABELS)), json!({ "labels": {} }));
        let long = json!({ "a": "x".repeat(MOST_LABEL_BYTES) });
        for large in [&many(MOST_LABELS + 1), &long] {
            assert_eq!(inherited_value(&json!({}), large), json!({ "tooMany": true }));
            assert_eq!(inherited_value(large, &json!({})), json!({ "tooMany": true }));
        }
    }

    #[test]
    fn the_project_label_is_read_even_after_the_limit_of_labels() {
        let mut many: serde_json::Map<_, _> =
            (0..2 * MOST_LABELS).map(|n| (n.to_string(), json!("x"))).collect();
        many.insert(PROJECT.to_owned(), json!("p"));
        assert_eq!(labels(&many.into()).unwrap().project.as_deref(), Some("p"));
    }
}
