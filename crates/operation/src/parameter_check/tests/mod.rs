//! Values that the checker accepts or rejects, and its messages.

mod spellings;

use std::time::Duration;

use serde_json::json;

use super::*;
use crate::processor_time::measure;

fn checker() -> Checker {
    Checker::new(&json!({
        "type": "object",
        "required": ["uuid"],
        "properties": {
            "uuid": { "type": "string", "pattern": "^[a-z0-9]{7,36}$",
                      "x-rule": "7 to 36 of a-z and 0-9" },
            "lines": { "type": "integer", "minimum": 1, "maximum": 5000 },
            "force": { "type": "boolean" },
            "until": { "type": "string", "format": "date-time" },
            "buildPack": { "type": "string", "enum": ["nixpacks", "static", "docker-file"],
                           "x-aliases": { "docker": "docker-file" } },
            "note": { "type": "string", "maxLength": 9 },
            "name": { "type": "string", "minLength": 1 },
            "envs": { "type": "array", "maxItems": 2, "items": {
                "type": "object", "required": ["key"],
                "properties": { "key": { "type": "string", "maxLength": 3 } }
            } }
        }
    }))
}

fn expect_failure(mut params: Value) -> Failure {
    checker().check(&mut params).unwrap_err()
}

#[test]
fn an_unknown_parameter_is_rejected_with_the_nearest_known_one() {
    let failure = expect_failure(json!({ "uuid": "abcdefg", "build_pack": "static" }));
    assert_eq!(failure.message, "Unknown parameter `build_pack`.");
    assert_eq!(failure.hint.as_deref(), Some("Did you mean `buildPack`?"));
    let failure = expect_failure(json!({ "uuid": "abcdefg", "zzz": 1 }));
    assert_eq!(
        failure.hint.as_deref(),
        Some("Known: buildPack, envs, force, lines, name, note, until, uuid.")
    );
}

#[test]
fn parameters_that_break_the_published_schema_are_rejected_with_the_rule() {
    for (params, message) in [
        (json!({}), "`uuid` is missing."),
        (json!([]), "`params` must be an object; got an array."),
        (json!({ "uuid": {} }), "`uuid` must be a string; got an object."),
        (json!({ "uuid": 7 }), "`uuid` must be 7 to 36 of a-z and 0-9."),
        (json!({ "uuid": 1e300 }), "`uuid` must be a string; got a number."),
        (json!({ "uuid": "../x" }), "`uuid` must be 7 to 36 of a-z and 0-9."),
        (
            json!({ "uuid": "abcdefg", "lines": 0 }),
            "`lines` must be a whole number from 1 to 5000.",
        ),
        (
            json!({ "uuid": "abcdefg", "until": "tomorrow" }),
            "`until` must be a time such as 2026-11-20T08:00:00Z.",
        ),
        (
            json!({ "uuid": "abcdefg", "buildPack": "x" }),
            "`buildPack` must be one of: nixpacks, static, docker-file.",
        ),
        (
            json!({ "uuid": "abcdefg", "envs": [{ "key": "ABCD" }] }),
            "`envs[0].key` must have 0 to 3 characters; it has 4.",
        ),
    ] {
        assert_eq!(expect_failure(params).message, message);
    }
}

#[test]
fn patterns_have_ecmascript_semantics() {
    let checker = Checker::new(&json!({
        "type": "object", "properties": {
            "ports": { "type": "string", "pattern": r"^\d+$", "x-rule": "digits, like 80" }
        }
    }));
    checker.check(&mut json!({ "ports": "3000" })).unwrap();
    assert!(checker.check(&mut json!({ "ports": "\u{0663}\u{0660}" })).is_err());
}

#[test]
fn an_open_object_accepts_unknown_members_and_checks_known_ones() {
    let checker = Checker::new(&json!({
        "type": "object",
        "properties": { "patch": { "type": "object", "properties": {
            "publicPort": { "type": "integer", "minimum": 1024, "maximum": 65535 }
        } } }
    }))
    .with_open(&["patch"], &[]);
    let mut params = json!({ "patch": { "public_port": 5432, "type": "mysql", "x": null } });
    checker.check(&mut params).unwrap();
    let spelled = json!({ "publicPort": "public_port" });
    let expected = json!({ "publicPort": 5432, "type": "mysql", "x": null, SPELLED: spelled });
    assert_eq!(params["patch"], expected);
    let mut forged = json!({ "patch": { SPELLED: { "type": "x" } } });
    checker.check(&mut forged).unwrap();
    assert_eq!(forged["patch"], json!({}), "what a caller sends under the name is dropped");
    let mut both = json!({ "patch": { "public_port": 80, "publicPort": 5432 } });
    checker.check(&mut both).unwrap();
    assert_eq!(both["patch"]["publicPort"], 5432);
    let mut texts = json!({ "patch": { "publicPort": "5432", "undeclared": "5432" } });
    checker.check(&mut texts).unwrap();
    assert_eq!(texts["patch"], json!({ "publicPort": 5432, "undeclared": "5432" }));
    for wrong in [json!({ "public_port": 80 }), json!({ "publicPort": "80" })] {
        let failure = checker.check(&mut json!({ "patch": wrong })).unwrap_err();
        assert!(failure.message.starts_with("`patch.publicPort` must be"), "{failure}");
    }
    let many: serde_json::Map<_, _> = (0..41).map(|n| (n.to_string(), json!(1))).collect();
    assert!(checker.check(&mut json!({ "patch": many })).is_err());
    assert!(checker.check(&mut json!({ "stranger": 1 })).is_err());
}

#[test]
fn a_switch_is_an_object_or_false() {
    let checker = Checker::new(&json!({
        "type": "object",
        "properties": { "patch": { "type": "object", "properties": {
            "healthCheck": { "type": "object", "properties": {} }
        } } }
    }))
    .with_switches(&["healthCheck"]);
    checker.check(&mut json!({ "patch": { "healthCheck": false } })).unwrap();
    for wrong in [json!({ "patch": { "healthCheck": true } }), json!({ "patch": false })] {
        assert!(checker.check(&mut wrong.clone()).is_err(), "{wrong}");
    }
}

#[test]
fn every_problem_is_listed_and_null_members_are_ignored() {
    let failure = expect_failure(json!({ "lines": "x", "force": 1 }));
    assert_eq!(failure.details["problems"].as_array().map(Vec::len), Some(3));
    let mut params = json!({ "uuid": "abcdefg", "force": null });
    checker().check(&mut params).unwrap();
    assert_eq!(params, json!({ "uuid": "abcdefg" }));
}

#[test]
fn texts_with_json_have_at_most_10_000_values_together() {
    let object = json!({ "type": "object", "properties": {} });
    let checker = Checker::new(&json!({ "type": "object", "properties": {
        "links": { "type": "array", "items": { "type": "object", "properties": { "x": object } } }
    } }));
    let text = |values: usize| json!(format!("[{}]", vec!["0"; values].join(",")));
    let check = |mut params: Value| {
        let (outcome, took) = measure(|| checker.check(&mut params));
        assert!(took < Duration::from_millis(200), "{took:?}");
        outcome.unwrap_err()
    };
    let failure = check(json!({ "links": text(500_000) }));
    assert_eq!(failure.message, "`links` has more than 10,000 values.");
    assert!(failure.hint.is_some());
    // Each of the texts has fewer.
    let failure = check(json!({ "links": [text(6_000), text(6_000)] }));
    assert!(failure.to_string().starts_with("`links[0]` must be an object"), "{failure}");
    let problems = failure.details["problems"].to_string();
    assert!(problems.contains("`links[1]` has more than 10,000 values."), "{problems}");
}

#[test]
fn references_to_resources_are_found_at_any_depth() {
    let named = |kind: &str| json!({ "type": "string", "minLength": 1, "x-names": kind });
    let checker = Checker::new(&json!({ "type": "object", "properties": {
        "uuid": named("app"), "note": { "type": "string" },
        "links": { "type": "array", "items": {
            "type": "object", "properties": { "database": named("database") }
        } }
    } }));
    let mut params = json!({ "uuid": "shop", "note": "shop", "links": [{ "database": "orders" }] });
    for (kind, text) in checker.references(&mut params) {
        *text = json!(format!("{kind} {}", text.as_str().unwrap()));
    }
    let links = json!([{ "database": "database orders" }]);
    assert_eq!(params, json!({ "uuid": "app shop", "note": "shop", "links": links }));
}

#[test]
fn texts_of_urls_are_coerced_to_the_type_of_the_schema() {
    assert_eq!(checker().coerce("lines", "7".to_owned()), json!(7));
    assert_eq!(checker().coerce("force", "true".to_owned()), json!(true));
    assert_eq!(checker().coerce("uuid", "7".to_owned()), json!("7"));
    assert_eq!(checker().coerce("lines", "x".to_owned()), json!("x"));
    let of_list = Checker::new(&json!({
        "type": "object",
        "properties": { "paths": { "type": "array", "items": { "type": "string" } } }
    }));
    let list = r#"["a,b"]"#;
    assert_eq!(of_list.coerce("paths", list.to_owned()), json!(list), "the check reads it");
    // U+0085 is white space for Unicode, and none for JSON Schema.
    let listed = of_list.coerce("paths", "a b , c,\u{85}".to_owned());
    assert_eq!(listed, json!(["a b", "c", "\u{85}"]));
}
