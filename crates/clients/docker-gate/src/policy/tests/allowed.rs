//! The requests that are let through, as the client sends them and as the engine gets them.

use serde_json::{Value, json};

use super::*;
use crate::policy::allowed_call::PATIENCE;
use crate::resource_names::Id;

/// Method, target and body of requests, and the target that the engine gets (without the version).
pub(super) fn table() -> Vec<(&'static str, String, String, String)> {
    let (id, of) = (id(), |text: &str| text.replace("UUID", UUID).replace("ID", &super::id()));
    let label = "%7B%22label%22%3A%5B%22com.docker.compose.project%3DUUID%22%5D%7D";
    let proxy = "%7B%22label%22%3A%5B%22com.docker.compose.service%3DUUID-proxy%22%5D%7D";
    let rows = [
        ("GET", "/_ping", "", "/_ping"),
        ("GET", "/version", "", "/version"),
        (
            "GET",
            &format!("/containers/json?all=true&size=false&filters={label}"),
            "",
            &format!("/containers/json?all=true&filters={label}"),
        ),
        (
            "GET",
            &format!("/containers/json?all=1&filters={proxy}"),
            "",
            &format!("/containers/json?all=true&filters={proxy}"),
        ),
        (
            "GET",
            "/containers/json?filters={%22name%22:[%22^/?UUID$%22]}",
            "",
            "/containers/json?all=false&filters=%7B%22name%22%3A%5B%22%5E%2F%3FUUID%24%22%5D%7D",
        ),
        (
            "GET",
            "/containers/json?filters={%22volume%22:[%22UUID_my-data%22]}",
            "",
            "/containers/json?all=false&filters=%7B%22volume%22%3A%5B%22UUID_my-data%22%5D%7D",
        ),
        (
            "GET",
            "/containers/ID/logs?follow=false&stdout=true&stderr=1&since=1700000000.5&until=0&timestamps=true&tail=100",
            "",
            "/containers/ID/logs?stdout=true&stderr=true&timestamps=true&tail=100&since=1700000000.5&until=0",
        ),
        (
            "GET",
            "/containers/ID/logs?stdout=true&stderr=1&since=1700000000&timestamps=true&tail=all",
            "",
            "/containers/ID/logs?stdout=true&stderr=true&timestamps=true&tail=all&since=1700000000&until=0",
        ),
        ("GET", "/containers/ID/top?ps_args=-ef", "", "/containers/ID/top"),
        ("POST", "/containers/ID/stop?t=30", "", "/containers/ID/stop?t=30"),
        ("POST", "/containers/ID/restart", "", "/containers/ID/restart?t=10"),
        ("POST", "/containers/ID/start", "", "/containers/ID/start"),
        (
            "DELETE",
            "/containers/ID?v=true&force=1&link=false",
            "",
            "/containers/ID?v=true&force=true",
        ),
        ("GET", "/containers/ID/archive?path=/a+b", "", "/containers/ID/archive?path=%2Fa%20b"),
        ("POST", "/containers/ID/exec", &command(r#","AttachStdout":true"#), "/containers/ID/exec"),
        ("POST", "/exec/ID/start", r#"{"Detach":false,"Tty":false}"#, "/exec/ID/start"),
        ("GET", &format!("/volumes?filters={label}"), "", &format!("/volumes?filters={label}")),
        ("GET", "/volumes/postgres-data-UUID", "", "/volumes/postgres-data-UUID"),
        ("DELETE", "/volumes/UUID_data", "", "/volumes/UUID_data?force=false"),
        ("GET", "/system/df?type=volume", "", "/system/df?type=volume"),
        ("GET", "/networks/covibe-UUID?verbose=false&scope=", "", "/networks/covibe-UUID"),
        ("GET", "/networks/UUID", "", "/networks/UUID"),
        ("DELETE", "/networks/covibe-UUID", "", "/networks/covibe-UUID"),
        ("DELETE", "/networks/UUID", "", "/networks/UUID"),
        (
            "POST",
            "/networks/UUID/disconnect",
            r#"{"Container":"coolify-proxy","Force":false}"#,
            "/networks/UUID/disconnect",
        ),
        (
            "POST",
            "/networks/create",
            r#"{"Name":"covibe-UUID","Driver":"bridge","Attachable":true,"Labels":{"covibe.tenant":"t"}}"#,
            "/networks/create",
        ),
    ];
    let rows = rows.map(|(method, target, body, sent)| (method, of(target), of(body), of(sent)));
    assert!(rows.iter().any(|(_, target, _, _)| target.contains(&id)));
    rows.into()
}

#[test]
fn each_allowed_call_is_rebuilt_for_the_engine() {
    for (method, target, body, sent) in table() {
        for version in ["", "/v1.24", "/v1.51"] {
            let forward = forwarded(method, &format!("{version}{target}"), &body);
            assert_eq!(forward.method, method);
            assert_eq!(forward.target, format!("{version}{sent}"));
            assert_eq!(forward.body.is_some(), !body.is_empty(), "{target}");
        }
    }
}

#[test]
fn each_call_names_the_container_or_exec_that_must_be_checked() {
    for (method, target, body, _) in table() {
        let call = decide_request(method, &target, &body).unwrap();
        let subject = match target.split('/').nth(1).unwrap() {
            "containers" if method == "DELETE" => {
                Subject::ContainerOrProxy(Id::new(&id()).unwrap())
            }
            "containers" if !target.contains("/json") => {
                Subject::Container(Id::new(&id()).unwrap())
            }
            "exec" => Subject::Exec(Id::new(&id()).unwrap()),
            _ => Subject::Nothing,
        };
        assert_eq!(call.subject, subject, "{target}");
    }
}

#[test]
fn inspections_are_answered_by_the_gate_from_its_own_check() {
    for target in [format!("/containers/{}/json?size=false", id()), format!("/exec/{}/json", id())]
    {
        let call = decide_request("GET", &target, "").unwrap();
        assert_eq!(call.action, Action::Show);
        assert_ne!(call.subject, Subject::Nothing);
    }
}

#[test]
fn the_gates_own_calls_are_not_forwarded_to_the_engine() {
    assert_eq!(decide_request("GET", "/covibe/gate", "").unwrap().action, Action::Describe);
    assert_eq!(
        decide_request("GET", "/covibe/containers", "").unwrap().action,
        Action::ListRunning
    );
    let call = decide_request("GET", &format!("/covibe/containers/{}/image", id()), "").unwrap();
    assert_eq!(call.action, Action::ShowInherited);
    assert_eq!(call.subject, Subject::Container(Id::new(&id()).unwrap()));
    let target = format!("/covibe/exec/{}/kill", id());
    assert_eq!(decide_request("POST", &target, "").unwrap().action, Action::End(None));
    let call = decide_request("POST", &target, r#"{"marker":"0123456789abcdef"}"#).unwrap();
    assert!(matches!(call.action, Action::End(Some(marker)) if marker.as_str().len() == 16));
}

#[test]
fn a_command_is_forwarded_without_input_terminal_or_privileges() {
    let members = r#","AttachStdin":false,"AttachStdout":true,"AttachStderr":true,"Tty":false,"User":"1000:www-data","WorkingDir":"/app","Privileged":null,"DetachKeys":null"#;
    let target = format!("/containers/{}/exec", id());
    let forward = forwarded("POST", &target, &command(members));
    assert!(
        matches!(&forward.answered, AnswerHandling::Created(it) if it.as_str() == "0123456789abcdef")
    );
    assert_body(
        forward,
        &json!({
            "AttachStderr": true, "AttachStdin": false, "AttachStdout": true, "Cmd": ["ls"],
            "Env": ["COVIBE_EXEC=0123456789abcdef"], "Privileged": false, "Tty": false,
            "User": "1000:www-data", "WorkingDir": "/app",
        }),
    );
}

#[test]
fn a_network_is_created_as_an_attachable_bridge() {
    let forward = forwarded("POST", "/networks/create", &format!(r#"{{"Name":"covibe-{UUID}"}}"#));
    assert_body(
        forward,
        &json!({
            "Attachable": true, "CheckDuplicate": true, "Driver": "bridge", "Labels": {},
            "Name": format!("covibe-{UUID}"),
        }),
    );
}

#[test]
fn a_stop_is_awaited_for_its_grace_period_plus_the_usual_time() {
    let forward = forwarded("POST", &format!("/containers/{}/stop?t=600", id()), "");
    assert_eq!(forward.patience, PATIENCE + std::time::Duration::from_mins(10));
}

/// Compares a body with the expected one. Docker reads members by name, so their order does not matter.
fn assert_body(forward: Forward, expected: &Value) {
    let body: Value = serde_json::from_str(&forward.body.unwrap()).unwrap();
    assert_eq!(body, *expected);
}
