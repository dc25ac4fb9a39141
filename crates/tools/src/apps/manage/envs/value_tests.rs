//! Tests of the promise about values: one arrives unchanged or is refused, and what the refusal advises is accepted.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use covibe_coolify::{Env, EnvForm, EnvWrite, alterations};
use covibe_domain::Failure;
use proptest::prelude::*;
use serde_json::json;

use super::planned_writes::writes;
use super::value_escaping::changed_values;
use super::variable_checks::check;
use super::variable_input::EnvInput;

/// Returns what is written for a variable; `old` are its current flags, literal and multi-line.
fn set(env: &EnvInput, old: Option<(bool, bool)>) -> Result<EnvWrite, Failure> {
    check(std::slice::from_ref(env))?;
    let old = old.map(|(is_literal, is_multiline)| {
        let old = json!({ "uuid": "bcw4o0ksw8kos0ccc4kgkwcs", "key": "A", "value": "x",
                          "is_literal": is_literal, "is_multiline": is_multiline });
        serde_json::from_value::<Env>(old).unwrap()
    });
    let mut written = writes(std::slice::from_ref(env), old.as_slice(), false)?;
    Ok(written.remove(0))
}

fn env(value: &str, is_literal: Option<bool>, is_multiline: Option<bool>) -> EnvInput {
    let env =
        json!({ "key": "A", "value": value, "isLiteral": is_literal, "isMultiline": is_multiline });
    serde_json::from_value(env).unwrap()
}

/// Returns whether the app gets exactly the value.
fn arrives(write: &EnvWrite) -> bool {
    let is_quoted = write.is_literal || write.is_multiline;
    let form = if is_quoted { EnvForm::Quoted } else { EnvForm::Plain };
    alterations(write.value.expose(), form).is_empty()
}

/// Returns the calls that a refusal advises.
fn mends(env: &EnvInput, refusal: &Failure) -> Vec<EnvInput> {
    let hint = refusal.hint.as_deref().unwrap_or_default();
    let flags = |is_literal, is_multiline| EnvInput { is_multiline, is_literal, ..env.clone() };
    let mut found = Vec::new();
    if hint.contains("base64") {
        found.push(EnvInput { value: STANDARD.encode(&env.value), ..env.clone() });
    }
    if hint.contains("`isLiteral: false` and `isMultiline: false`") {
        found.push(flags(Some(false), Some(false)));
    } else if hint.contains("isLiteral: false") {
        found.push(flags(Some(false), env.is_multiline));
    }
    if hint.contains("isLiteral: true") || hint.contains("pass isLiteral.") {
        found.push(flags(Some(true), env.is_multiline));
    }
    if hint.contains("isMultiline: true") {
        found.push(flags(env.is_literal, Some(true)));
    }
    if hint.contains("Leave isMultiline out") {
        found.push(flags(env.is_literal, None));
    }
    found
}

fn values() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[ -~]{0,12}",
        "[a$' \"#`\\\\{}\t\n\r\u{a0}]{0,6}",
        "[{\\[][a-z\"': ,$#0-9`\\\\]{0,12}[}\\]]",
        r#"(\{"a": ?"[a-z' #$`]{0,4}"\}|\["[a']{0,3}",\n? ?[0-9]\])[ \n]{0,2}"#,
    ]
}

fn flag() -> impl Strategy<Value = Option<bool>> {
    prop_oneof![Just(None), any::<bool>().prop_map(Some)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4_000))]
    #[test]
    fn a_value_arrives_unchanged_or_its_refusal_suggests_accepted_fixes(
        value in values(),
        is_literal in flag(),
        is_multiline in flag(),
        old in prop::option::of(any::<(bool, bool)>()),
    ) {
        let asked = env(&value, is_literal, is_multiline);
        match set(&asked, old) {
            Ok(write) => {
                let is_told = changed_values(std::slice::from_ref(&write)).is_some();
                prop_assert!(arrives(&write) || (is_told && asked.chooses_form()), "{value:?}");
            }
            Err(refusal) => {
                let mends = mends(&asked, &refusal);
                prop_assert!(!mends.is_empty(), "{value:?}: {refusal:?}");
                for mend in mends {
                    prop_assert!(set(&mend, old).is_ok(), "{value:?}, {refusal:?}: {:?}", set(&mend, old));
                }
            }
        }
    }
}

#[test]
fn json_with_a_quote_arrives_unchanged_whatever_flags_are_passed() {
    for value in ["{\"a\": \"it's\"}", "[\"`it's`\"]"] {
        for flags in [None, Some(false), Some(true)] {
            for old in [None, Some((true, false)), Some((false, true))] {
                let write = set(&env(value, flags, None), old).unwrap();
                assert!(arrives(&write) && !write.is_literal && !write.is_multiline, "{value}");
                assert!(arrives(&set(&env(value, None, flags), old).unwrap()), "{value}");
            }
        }
    }
}

#[test]
fn omitted_flags_are_derived_from_the_value() {
    let write = set(&env("p$ss", None, Some(false)), None).unwrap();
    assert!(arrives(&write) && write.is_literal);
    // Quotes would keep the variable from being replaced.
    let write = set(&env("$NAME", Some(false), None), Some((false, true))).unwrap();
    assert!(!write.is_literal && !write.is_multiline);
}
