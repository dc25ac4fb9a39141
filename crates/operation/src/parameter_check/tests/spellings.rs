//! The other spellings of values that the checker accepts.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::{checker, expect_failure};
use crate::parameter_check::Checker;

#[test]
fn other_spellings_are_converted_to_the_declared_form() {
    for (written, declared) in [
        (json!({ "lines": "50" }), json!({ "lines": 50 })),
        (json!({ "lines": 50.0 }), json!({ "lines": 50 })),
        (json!({ "force": "True" }), json!({ "force": true })),
        (json!({ "force": "0" }), json!({ "force": false })),
        (json!({ "buildPack": "Docker_File" }), json!({ "buildPack": "docker-file" })),
        (json!({ "buildPack": "docker" }), json!({ "buildPack": "docker-file" })),
        (json!({ "lines": "", "force": "", "until": "", "envs": "" }), json!({})),
        (json!({ "buildPack": "", "name": "" }), json!({})),
        (json!({ "note": "" }), json!({ "note": "" })),
        (json!({ "note": "true", "name": "50" }), json!({ "note": "true", "name": "50" })),
        (json!({ "note": true, "name": 50 }), json!({ "note": "true", "name": "50" })),
        (
            json!({ "note": -1.25, "name": u64::MAX }),
            json!({ "note": "-1.25", "name": "18446744073709551615" }),
        ),
        (json!({ "envs": r#"[{"key":"A"}]"# }), json!({ "envs": [{ "key": "A" }] })),
        (json!({ "envs": [r#" {"key":7} "#] }), json!({ "envs": [{ "key": "7" }] })),
        (json!({ "envs": r#"["{\"key\":12}"]"# }), json!({ "envs": [{ "key": "12" }] })),
        (json!({ "note": "[1]", "name": "{}" }), json!({ "note": "[1]", "name": "{}" })),
    ] {
        let with_uuid = |mut params: Value| {
            params["uuid"] = json!("abcdefg");
            params
        };
        let mut params = with_uuid(written.clone());
        checker().check(&mut params).unwrap();
        assert_eq!(params, with_uuid(declared), "{written}");
    }
}

#[test]
fn rejects_a_text_that_does_not_spell_the_type() {
    for params in [
        json!({ "uuid": "" }),
        json!({ "uuid": "abcdefg", "lines": "0" }),
        json!({ "uuid": "abcdefg", "lines": "5 lines" }),
        json!({ "uuid": "abcdefg", "lines": 5.5 }),
        json!({ "uuid": "abcdefg", "force": "yes" }),
        json!({ "uuid": "abcdefg", "force": 1 }),
        json!({ "uuid": "abcdefg", "buildPack": "dock" }),
        json!({ "uuid": "abcdefg", "envs": [""] }),
        json!({ "uuid": "abcdefg", "envs": "null" }),
        json!({ "uuid": "abcdefg", "envs": r#"{"key":"A"}"# }),
        json!({ "uuid": "abcdefg", "envs": r#"[{"key":"A"}"# }),
        json!({ "uuid": "abcdefg", "envs": r#""[{\"key\":\"A\"}]""# }),
        json!({ "uuid": "abcdefg", "note": 0.123_456_789_012_345_6 }),
        json!({ "uuid": "abcdefg", "note": -0.0 }),
        json!({ "uuid": "abcdefg", "note": [] }),
    ] {
        expect_failure(params);
    }
}

#[test]
fn limits_of_values_also_hold_in_an_array_written_as_text() {
    let deep = format!("{}{}", "[".repeat(200), "]".repeat(200));
    for (envs, message) in [
        (r#"[{"key":"A"},{},{}]"#, "`envs` must have 0 to 2 entries; got 3."),
        (r#"[{"key":"ABCD"}]"#, "`envs[0].key` must have 0 to 3 characters; it has 4."),
        (r#"[{"key":1e400}]"#, "`envs` must be an array; got a string."),
        (r#"[{"key":"A","x":1}]"#, "Unknown parameter `envs[0].x`."),
        (r#"[{"key":"A","key":"B"}]"#, "`envs.key` is given twice."),
        (&deep, "`envs` must be an array; got a string."),
    ] {
        assert_eq!(
            expect_failure(json!({ "uuid": "abcdefg", "envs": envs })).message,
            message,
            "{envs}"
        );
    }
}

#[test]
fn a_switch_and_a_list_of_named_items_are_read_from_a_text() {
    let checker = Checker::new(&json!({ "type": "object", "properties": {
        "healthCheck": { "type": "object", "properties": {} },
        "files": { "type": "array", "x-keyed": ["path", "content"], "items": {
            "type": "object", "properties": {
                "path": { "type": "string" }, "content": { "type": "string" }, "mode": { "type": "string" }
            } } }
    } }))
    .with_switches(&["healthCheck"])
    .with_ignored(&["files.mode", "kind"]);
    let mut params = json!({ "healthCheck": "false", "files": r#"{"a.json":"[1]"}"#, "kind": 1 });
    checker.check(&mut params).unwrap();
    let files = json!([{ "path": "a.json", "content": "[1]" }]);
    assert_eq!(params, json!({ "healthCheck": false, "files": files }));
    let mut params = json!({ "files": r#"[{"path":"a","content":"","mode":7}]"# });
    checker.check(&mut params).unwrap();
    assert_eq!(params, json!({ "files": [{ "path": "a", "content": "" }] }));
    assert!(checker.check(&mut json!({ "healthCheck": "true" })).is_err());
}

#[test]
fn words_that_differ_in_a_hyphen_alone_are_not_confused() {
    let checker = Checker::new(&json!({
        "type": "object", "properties": { "kind": { "type": "string", "enum": ["ab", "a-b"] } }
    }));
    for word in ["ab", "a-b"] {
        let mut params = json!({ "kind": word });
        checker.check(&mut params).unwrap();
        assert_eq!(params["kind"], word);
    }
    assert!(checker.check(&mut json!({ "kind": "A-B" })).is_err());
}

#[test]
fn an_object_is_accepted_for_a_list_of_named_items() {
    let checker = Checker::new(&json!({ "type": "object", "properties": { "files": {
        "type": "array", "maxItems": 2, "x-keyed": ["path", "content"], "items": {
            "type": "object", "required": ["path"], "properties": {
                "path": { "type": "string" }, "content": { "type": "string", "maxLength": 3 }
            } }
    } } }));
    let mut params = json!({ "files": { "a": "x", "b/c": "" } });
    checker.check(&mut params).unwrap();
    let files = json!([{ "path": "a", "content": "x" }, { "path": "b/c", "content": "" }]);
    assert_eq!(params, json!({ "files": files }));
    for wrong in [json!({ "a": "long" }), json!({ "a": [] }), json!({ "a": "", "b": "", "c": "" })]
    {
        assert!(checker.check(&mut json!({ "files": wrong })).is_err(), "{wrong}");
    }
}

/// A declared value, and another spelling of it.
fn respelled_value() -> impl Strategy<Value = (Value, Value)> {
    let lines = (1_i64..=5000)
        .prop_flat_map(|n| (Just(n), prop_oneof![Just(json!(n.to_string())), Just(json!(n))]));
    let force = any::<bool>().prop_flat_map(|is| {
        let texts = [is.to_string(), is.to_string().to_uppercase(), u8::from(is).to_string()];
        (Just(is), prop::sample::select(texts.to_vec()))
    });
    let pack =
        prop::sample::select(vec!["nixpacks", "static", "docker-file"]).prop_flat_map(|it| {
            let snake = it.to_uppercase().replace('-', "_");
            (Just(it), prop::sample::select(vec![it.to_owned(), it.replace('-', ""), snake]))
        });
    // Neither is a key, which is a text: it stays as it is.
    (lines, force, pack, "(1|50|[a-z]{0,3})", any::<bool>()).prop_map(
        |((lines, l), (force, f), (pack, p), key, has_empty)| {
            let envs = json!([{ "key": key }]);
            let declared = json!({ "uuid": "abcdefg", "lines": lines, "force": force,
                                   "buildPack": pack, "envs": envs });
            let mut other = json!({ "uuid": "abcdefg", "lines": l, "force": f, "buildPack": p,
                                    "envs": envs });
            if has_empty {
                other["until"] = json!("");
                other["envs"] = json!(envs.to_string());
            }
            (declared, other)
        },
    )
}

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            inner.clone().prop_map(|value| Value::from(value.to_string())),
            prop::collection::btree_map("uuid|envs|lines|key|[a-z]{1,4}", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn every_spelling_has_the_same_declared_form((declared, mut other) in respelled_value()) {
        checker().check(&mut other).unwrap();
        prop_assert_eq!(&other, &declared);
        checker().check(&mut other).unwrap();
        prop_assert_eq!(other, declared);
    }

    #[test]
    fn any_json_is_refused_or_converted_to_a_stable_declared_form(mut params in any_json()) {
        if let Err(failure) = checker().check(&mut params) {
            prop_assert_eq!(failure.kind.status(), 400);
            return Ok(());
        }
        let declared = params.clone();
        checker().check(&mut params).unwrap();
        prop_assert_eq!(params, declared);
    }
}
