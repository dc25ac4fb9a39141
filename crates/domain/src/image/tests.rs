//! The grammar, its pattern and the normal forms agree with each other.

use proptest::prelude::*;
use regex::Regex;

use super::*;

fn parse(text: &str) -> ImageReference {
    text.parse().unwrap()
}

/// References, and texts near them.
fn text() -> impl Strategy<Value = String> {
    let segment = "[a-z0-9]{0,2}[a-z0-9._:-]{0,6}";
    let name = prop_oneof![
        segment.prop_map(|name| name),
        prop::collection::vec(segment, 1..4).prop_map(|parts| parts.join("/")),
        ("(docker.io|index.docker.io|localhost|ghcr.io|r:50)/(library/)?", "[a-z]{1,8}")
            .prop_map(|(start, end)| start + &end),
        "[a-z0-9]{18,26}",
        "[a-z]{250,256}",
    ];
    let version = prop_oneof![
        Just(String::new()),
        "[:@]?[A-Za-z0-9_.-]{0,8}",
        ":[a-z0-9.-]{126,130}",
        "(:[a-z0-9]{1,3})?@sha256:[0-9a-f]{63,65}",
    ];
    prop_oneof![
        4 => (name, version).prop_map(|(name, version)| name + &version),
        1 => any::<String>(),
        1 => "[a-zA-Z0-9/:@._$-]{0,16}",
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2048))]

    #[test]
    fn the_pattern_matches_exactly_what_the_parser_accepts(text in text()) {
        let matches = PATTERN.is_match(&text);
        match text.parse::<ImageReference>() {
            Err(InvalidImage::Malformed) => prop_assert!(!matches || text.len() > 255),
            _ => prop_assert!(matches),
        }
    }

    #[test]
    fn a_parsed_reference_is_displayed_unchanged(text in text()) {
        if let Ok(image) = text.parse::<ImageReference>() {
            prop_assert_eq!(image.to_string(), text);
        }
    }

    #[test]
    fn the_canonical_form_names_the_same_image(text in text()) {
        if let Ok(image) = text.parse::<ImageReference>() {
            let canonical = image.canonical();
            prop_assert!(canonical.canonical() == canonical);
            prop_assert_eq!((canonical.tag(), canonical.digest()), (image.tag(), image.digest()));
            prop_assert_eq!(image_name::canonical_name(image.familiar_name()), canonical.name());
            prop_assert_eq!(local_images::may_be_local(canonical.name()), false);
        }
    }
}

static PATTERN: std::sync::LazyLock<Regex> = std::sync::LazyLock::new(|| {
    Regex::new(&format!(r"\A(?:{})\z", ImageReference::PATTERN)).unwrap()
});

#[test]
fn reads_name_tag_and_digest() {
    let digest = "0".repeat(64);
    for (text, name, tag, has_digest) in [
        ("nginx", "nginx", None, false),
        ("nginx:alpine", "nginx", Some("alpine"), false),
        ("ghcr.io/o/r:v1.2", "ghcr.io/o/r", Some("v1.2"), false),
        ("localhost:5000/a/b", "localhost:5000/a/b", None, false),
        (&format!("nginx@sha256:{digest}"), "nginx", None, true),
        (&format!("nginx:1@sha256:{digest}"), "nginx", Some("1"), true),
    ] {
        let image = parse(text);
        assert_eq!((image.name(), image.tag(), image.digest().is_some()), (name, tag, has_digest));
    }
}

#[test]
fn rejects_malformed_and_local_references() {
    let digest = "0".repeat(64);
    for bad in [
        "",
        "Nginx",
        "a b",
        "nginx:",
        "nginx@sha256:12",
        "-x",
        "x;rm",
        "host:5000/",
        "a//b",
        "a/b:c/d",
        "http://x/y",
    ] {
        assert_eq!(bad.parse::<ImageReference>(), Err(InvalidImage::Malformed), "{bad}");
    }
    let by_digest = format!("sha256:{digest}");
    for local in ["3f9a", by_digest.as_str(), "l3mn0pq8r5st2uv7wx4yz1ab:build"] {
        assert_eq!(local.parse::<ImageReference>(), Err(InvalidImage::Local), "{local}");
    }
}

#[test]
fn the_canonical_form_includes_the_registry() {
    for (text, canonical) in [
        ("nginx:1", "docker.io/library/nginx:1"),
        ("minio/minio", "docker.io/minio/minio"),
        ("docker.io/nginx", "docker.io/library/nginx"),
        ("index.docker.io/library/nginx", "docker.io/library/nginx"),
        ("ghcr.io/o/r:2", "ghcr.io/o/r:2"),
        ("localhost/a", "localhost/a"),
        ("r:5000/a", "r:5000/a"),
    ] {
        assert_eq!(parse(text).canonical().to_string(), canonical, "{text}");
    }
    assert_eq!(parse("docker.io/library/redis:7").familiar_name(), "redis");
    assert_eq!(parse("ghcr.io/o/r:2").base_name(), "r");
}

#[test]
fn references_are_compared_by_digest_or_else_by_tag() {
    let digest = format!("@sha256:{}", "0".repeat(64));
    assert!(parse("nginx").is_same_as(&parse("nginx:latest")));
    assert!(parse(&format!("nginx:1{digest}")).is_same_as(&parse(&format!("nginx{digest}"))));
    assert!(!parse("nginx:1").is_same_as(&parse("nginx:2")));
    assert!(!parse("nginx:1").is_same_as(&parse(&format!("nginx:1{digest}"))));
}
