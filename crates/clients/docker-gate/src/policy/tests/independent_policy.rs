//! The requests that an engine may get, written a second time and in another way.

use std::sync::OnceLock;

use regex::Regex;
use serde_json::{Value, json};

use super::*;

/// The targets that may be asked for; `ID`, `UUID` and `VOL` stand for their forms.
const TARGETS: [&str; 23] = [
    "GET /_ping",
    "GET /version",
    r"GET /containers/json\?all=(true|false)&filters=%7B%22label%22%3A%5B%22com\.docker\.compose\.project%3DUUID%22%5D%7D",
    r"GET /containers/json\?all=(true|false)&filters=%7B%22label%22%3A%5B%22com\.docker\.compose\.service%3DUUID-proxy%22%5D%7D",
    r"GET /containers/json\?all=(true|false)&filters=%7B%22name%22%3A%5B%22%5E%2F%3FUUID%24%22%5D%7D",
    r"GET /containers/json\?all=(true|false)&filters=%7B%22volume%22%3A%5B%22VOL%22%5D%7D",
    r"GET /containers/ID/logs\?stdout=(true|false)&stderr=(true|false)&timestamps=(true|false)&tail=(\d{1,5}|all)&since=[\d.]+&until=[\d.]+",
    "GET /containers/ID/top",
    r"GET /containers/ID/archive\?path=%2F[A-Za-z0-9._~%-]*",
    r"POST /containers/ID/(stop|restart)\?t=\d{1,3}",
    "POST /containers/ID/start",
    r"DELETE /containers/ID\?v=(true|false)&force=(true|false)",
    "POST /containers/ID/exec",
    "POST /exec/ID/start",
    r"GET /volumes\?filters=%7B%22label%22%3A%5B%22com\.docker\.compose\.project%3DUUID%22%5D%7D",
    "GET /volumes/VOL",
    r"DELETE /volumes/VOL\?force=(true|false)",
    r"GET /system/df\?type=volume(&verbose=true)?",
    "GET /networks/VOL",
    "DELETE /networks/covibe-UUID",
    "DELETE /networks/UUID",
    "POST /networks/UUID/disconnect",
    "POST /networks/create",
];

fn targets() -> &'static Regex {
    static TARGETS_READ: OnceLock<Regex> = OnceLock::new();
    TARGETS_READ.get_or_init(|| {
        let all = TARGETS.map(|it| it.replacen(" /", r" (/v1\.\d\d)?/", 1)).join("|");
        let all = all.replace("UUID", "[a-z0-9]{24}").replace("ID", "[0-9a-f]{64}");
        let volume = "([A-Za-z0-9][A-Za-z0-9_.-]*[-_.])?[a-z0-9]{24}([-_.][A-Za-z0-9_.-]*)?";
        Regex::new(&format!("^({})$", all.replace("VOL", volume))).unwrap()
    })
}

/// Panics if a call asks the engine for more than it may.
pub(super) fn assert_inside(call: &Call) {
    let Action::Forward(forward) = &call.action else { return assert_own(call) };
    let line = format!("{} {}", forward.method, forward.target);
    assert!(targets().is_match(&line), "{line}");
    let concerns_one = line.contains("/containers/") && !line.contains("/json?");
    let is_looked_at = call.subject != Subject::Nothing;
    assert_eq!(is_looked_at, concerns_one || line.contains("/exec/"), "{line}");
    let may_be_proxy = matches!(call.subject, Subject::ContainerOrProxy(_));
    assert_eq!(may_be_proxy, concerns_one && forward.method == "DELETE", "{line}");
    assert!(!may_be_the_beginning_of_an_id(&line), "{line}");
    assert_eq!(forward.body.is_some(), body_of(&line).is_some(), "{line}");
    if let Some(body) = &forward.body {
        let body: Value = serde_json::from_str(body).unwrap();
        body_of(&line).unwrap()(&body);
    }
}

/// Returns whether a change names networks by a text that may also be the beginning of an id.
fn may_be_the_beginning_of_an_id(line: &str) -> bool {
    let beginning = Regex::new("^(DELETE|POST) .*/networks/[0-9a-f]+(/disconnect)?$").unwrap();
    beginning.is_match(line)
}

/// Panics if one of the gate's own actions could concern anything but a resource's container.
fn assert_own(call: &Call) {
    let is_fit = match &call.action {
        Action::Describe | Action::ListRunning | Action::AwaitStart(_) => {
            call.subject == Subject::Nothing
        }
        Action::ShowInherited => matches!(call.subject, Subject::Container(_)),
        Action::Show => matches!(call.subject, Subject::Container(_) | Subject::Exec(_)),
        Action::End(_) => matches!(call.subject, Subject::Exec(_)),
        Action::Forward(_) => true,
    };
    assert!(is_fit, "{call:?}");
}

/// Returns the check of the body that belongs to a request.
fn body_of(line: &str) -> Option<fn(&Value)> {
    match line.rsplit_once('/').unwrap().1 {
        "exec" => Some(creation),
        "start" if line.contains("/exec/") => Some(start),
        "create" => Some(network),
        "disconnect" => Some(disconnection),
        _ => None,
    }
}

fn creation(body: &Value) {
    for member in ["AttachStdin", "Tty", "Privileged"] {
        assert_eq!(body[member], false, "{body}");
    }
    let known = [
        "AttachStderr",
        "AttachStdin",
        "AttachStdout",
        "Cmd",
        "Env",
        "Privileged",
        "Tty",
        "User",
        "WorkingDir",
    ];
    assert!(body.as_object().unwrap().keys().all(|name| known.contains(&name.as_str())), "{body}");
    let env = body["Env"].as_array().unwrap();
    let marks = env.iter().filter(|it| it.as_str().unwrap().starts_with("COVIBE_EXEC"));
    assert_eq!(marks.count(), 1, "{body}");
    assert!(!body.to_string().contains("\\u0000"), "{body}");
}

fn start(body: &Value) {
    assert_eq!(*body, json!({ "Detach": false, "Tty": false }));
}

fn disconnection(body: &Value) {
    assert_eq!(*body, json!({ "Container": "coolify-proxy", "Force": false }));
}

fn network(body: &Value) {
    let mut rest = body.as_object().unwrap().clone();
    let name = rest.remove("Name").unwrap();
    assert!(
        Regex::new("^covibe-[a-z0-9]{24}$").unwrap().is_match(name.as_str().unwrap()),
        "{body}"
    );
    let labels = rest.remove("Labels").unwrap();
    let mut names = labels.as_object().unwrap().keys();
    assert!(names.all(|name| name.starts_with("covibe.")), "{body}");
    let expected = json!({ "Attachable": true, "CheckDuplicate": true, "Driver": "bridge" });
    assert_eq!(Value::from(rest), expected);
}
