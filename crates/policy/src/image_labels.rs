//! Labels that a container may not have from its image.

use std::collections::BTreeMap;

use covibe_domain::host_labels::LabelReader;

/// Returns the keys of the labels that the host's proxy or Coolify acts on.
pub fn acted_on(labels: &BTreeMap<String, String>) -> impl Iterator<Item = (&str, &str)> {
    let acted_on = labels.iter().filter(|(key, _)| LabelReader::for_label(key).is_some());
    acted_on.map(|(key, value)| (key.as_str(), value.as_str()))
}

/// Returns the first label, by its key, that a container may not have from its image: something on the host
/// acts on it, and Coolify did not set it. `inherited` are the labels of the container that have the values of
/// its image, and `is_coolifys` says whether Coolify gives the container a label with this value.
///
/// The value counts: Coolify may set the key only since the container was created.
pub fn foreign_label(
    inherited: &BTreeMap<String, String>,
    is_coolifys: impl Fn(&str, &str) -> bool,
) -> Option<&str> {
    acted_on(inherited).find(|(key, value)| !is_coolifys(key, value)).map(|(key, _)| key)
}

/// Returns the first label of an image, by its key, with which none of its containers may run, whatever Coolify sets: the
/// proxy Traefik acts on it, and Coolify names its own routers, services and middlewares by the uuid of the resource. The
/// container itself has to be judged beside, by [`foreign_label`].
pub fn barred_label(image: &BTreeMap<String, String>) -> Option<&str> {
    let is_shared = |key: &str| key.eq_ignore_ascii_case("traefik.enable");
    let by_traefik =
        |key: &&str| LabelReader::for_label(key) == Some(LabelReader::Traefik) && !is_shared(key);
    image.keys().map(String::as_str).find(by_traefik)
}

#[cfg(test)]
mod tests {
    use proptest::collection::btree_map;
    use proptest::prelude::*;

    use super::*;

    fn labels() -> impl Strategy<Value = BTreeMap<String, String>> {
        let key = "(traefik|Traefik|caddy|coolify|org|x)[.]?[a-c]{0,2}";
        btree_map(key, "[01]", 0..6)
    }

    proptest! {
        /// Whatever an image brings and Coolify sets: a container is accepted only if nothing but
        /// Coolify's own values is left of what is acted on.
        #[test]
        fn a_container_is_accepted_only_if_all_proxy_labels_are_coolifys(
            image in labels(),
            coolifys in labels(),
            is_late in any::<bool>(),
        ) {
            let mut container = image.clone();
            if !is_late {
                container.extend(coolifys.clone());
            }
            let has = |key: &String, value: &String| container.get(key) == Some(value);
            let inherited: BTreeMap<_, _> =
                image.into_iter().filter(|(key, value)| has(key, value)).collect();
            let is_coolifys = |key: &str, value: &str| {
                coolifys.get(key).is_some_and(|own| own == value)
            };
            let acted_on = |key: &str| {
                let key = key.to_ascii_lowercase();
                key.starts_with("traefik.") || key.starts_with("caddy") || key.starts_with("coolify.")
            };
            let found = foreign_label(&inherited, is_coolifys);
            let mut routes = container.iter().filter(|(key, _)| acted_on(key));
            prop_assert_eq!(found.is_none(), routes.all(|(key, value)| is_coolifys(key, value)));
            if let Some(key) = found {
                prop_assert!(acted_on(key) && inherited.contains_key(key));
            }
        }
    }

    #[test]
    fn an_image_is_barred_by_labels_that_coolify_never_sets() {
        let barred = |key: &str| {
            let labels = BTreeMap::from([
                ("a".to_owned(), "b".to_owned()),
                (key.to_owned(), "x".to_owned()),
            ]);
            barred_label(&labels).map(str::to_owned)
        };
        for key in ["traefik.http.routers.x.rule", "TRAEFIK.tcp.routers.x.rule", "traefik.enabled"]
        {
            assert_eq!(barred(key).as_deref(), Some(key));
        }
        for key in ["traefik.enable", "Traefik.Enable", "caddy", "coolify.managed", "org.traefik.x"]
        {
            assert_eq!(barred(key), None, "{key}");
        }
    }

    #[test]
    fn an_inherited_label_is_foreign_even_if_coolify_sets_it_to_another_value() {
        let inherited =
            BTreeMap::from([("traefik.x.rule".to_owned(), "Host(`victim`)".to_owned())]);
        let is_coolifys =
            |key: &str, value: &str| key == "traefik.x.rule" && value == "Host(`own`)";
        assert_eq!(foreign_label(&inherited, is_coolifys), Some("traefik.x.rule"));
    }
}
