//! Texts that would be something else to a shell, an option parser or a URL: the engine gets exactly
//! their bytes, or the gate refuses.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::http::query_text;

/// The texts. Each is one of the forms that were a hole somewhere.
const CORPUS: [&str; 30] = [
    "",
    " ",
    "'",
    "\"",
    "it's",
    "say \"hi\"",
    "a\nb",
    "a\r\nX: y",
    "\t",
    "$(id)",
    "`id`",
    "${HOME}",
    "$HOME",
    "; rm -rf /",
    "| cat /etc/passwd",
    "&& true",
    "-v",
    "--volume=/:/host",
    "--",
    "-",
    "\\",
    "\\\"",
    "é",
    "日本語",
    "\u{202e}evil",
    "\u{feff}",
    "%00",
    "%2e%2e%2f",
    "../../etc/passwd",
    "\u{1b}[2J",
];

fn exec(argv: &[&str], env: &[String], user: Option<&str>, folder: Option<&str>) -> Value {
    let env: Vec<_> =
        env.iter().cloned().chain(["COVIBE_EXEC=0123456789abcdef".to_owned()]).collect();
    let mut body = json!({ "Cmd": argv, "Env": env });
    body["User"] = user.into();
    body["WorkingDir"] = folder.into();
    body
}

/// Returns the body that the engine gets for a request to create a command; `None` if it is
/// refused.
fn created(body: &Value) -> Option<Value> {
    let target = format!("/containers/{}/exec", id());
    match decide_request("POST", &target, &body.to_string()).ok()?.action {
        Action::Forward(forward) => serde_json::from_str(&forward.body?).ok(),
        other => panic!("{other:?}"),
    }
}

fn assert_exact(text: &str) {
    let env = [format!("A={text}")];
    let created = created(&exec(&["sh", "-lc", text], &env, None, None)).expect("a command");
    assert_eq!(created["Cmd"], json!(["sh", "-lc", text]));
    assert_eq!(created["Env"][0], json!(format!("A={text}")));
}

#[test]
fn injection_texts_in_arguments_and_variables_reach_the_engine_exactly() {
    for text in CORPUS {
        assert_exact(text);
    }
}

#[test]
fn injection_texts_as_user_or_folder_are_passed_exactly_or_refused() {
    for text in CORPUS {
        if let Some(created) = created(&exec(&["ls"], &[], Some(text), None)) {
            assert!(text.is_empty() && created.get("User").is_none(), "{text:?}: {created}");
        }
        let folder = format!("/{text}");
        if let Some(created) = created(&exec(&["ls"], &[], None, Some(&folder))) {
            assert_eq!(created["WorkingDir"], json!(folder));
        } else {
            assert!(folder.contains(".."), "{folder:?}");
        }
    }
}

#[test]
fn injection_texts_in_a_path_reach_the_engine_exactly() {
    for text in CORPUS {
        let path = format!("/{text}");
        let query = query_text(&[("path", &path)]);
        let forward = forwarded("GET", &format!("/containers/{}/archive{query}", id()), "");
        assert!(forward.target.ends_with(&query), "{path:?}: {}", forward.target);
    }
}

#[test]
fn injection_texts_in_volume_names_are_refused() {
    for text in CORPUS {
        let name = format!("{UUID}_{text}");
        let encoded = query_text(&[("x", &name)]);
        let encoded = encoded.strip_prefix("?x=").unwrap();
        let decided = decide_request("GET", &format!("/volumes/{encoded}"), "");
        // The signs that a name may have are ordinary wherever they stand.
        let is_name = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b));
        assert_eq!(decided.is_ok(), is_name, "{name:?}: {decided:?}");
        let filters = query_text(&[("filters", &json!({ "volume": [name] }).to_string())]);
        let decided = decide_request("GET", &format!("/containers/json{filters}"), "");
        assert_eq!(decided.is_ok(), is_name, "{name:?}: {decided:?}");
    }
}

#[test]
fn arguments_that_are_too_long_are_refused() {
    let fits = "x".repeat((128 << 10) - 1);
    assert!(created(&exec(&[&fits], &[], None, None)).is_some());
    let body = exec(&[&format!("{fits}x")], &[], None, None);
    assert!(created(&body).is_none());
    let long = "x".repeat(1 << 20);
    let request = bytes("POST", "/containers/x/exec", &exec(&[&long], &[], None, None).to_string());
    assert_eq!(parse_head(&request).unwrap_err().status, 413);
}

proptest! {
    #[test]
    fn any_text_without_nul_reaches_the_engine_exactly(text in "[^\0]{0,200}") {
        assert_exact(&text);
    }
}
