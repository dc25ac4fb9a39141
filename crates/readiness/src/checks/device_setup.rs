//! The setup of a developer's device.

use serde_json::{Value, json};

use crate::check::{Finding, Verdict};
use crate::check_inputs::Probe;
use crate::client::{HttpAnswer, Request};

use super::{judge_all, send_all};

/// The path that starts a setup.
const START: &str = "/api/setup/device";

/// The path that a device polls.
const POLL: &str = "/api/setup/device/poll";

/// A device gets a code, and the page where a person approves it.
pub(crate) async fn start(probe: &Probe) -> Verdict {
    let (answer, json) = start_device(probe).await?;
    let page = format!("{}/setup/authorize", probe.target.origin());
    if json["verification_uri"] != page.as_str() {
        let expected = format!("verification_uri {page}");
        return Err(Finding::fail(&answer.endpoint, expected, &json["verification_uri"])
            .fix("Set COVIBE_HOSTED_URL to this origin, and make the proxy forward Host."));
    }
    let code = json["user_code"].as_str().unwrap_or_default();
    if code.len() != 9 || code.as_bytes().get(4) != Some(&b'-') {
        return Err(Finding::fail(&answer.endpoint, "a code like ABCD-EFGH", "another form"));
    }
    let seconds = |name: &str| json[name].as_u64().unwrap_or_default();
    if !(1..=60).contains(&seconds("interval")) || !(60..=1800).contains(&seconds("expires_in")) {
        let got = format!("interval {}, expires_in {}", json["interval"], json["expires_in"]);
        return Err(Finding::fail(
            &answer.endpoint,
            "seconds between polls, and until the end",
            got,
        ));
    }
    Ok("a code and the page for it".to_owned())
}

/// A device gets no key before a person has approved it.
pub(crate) async fn poll(probe: &Probe) -> Verdict {
    let (_, json) = start_device(probe).await?;
    let body = json!({ "device_code": json["device_code"] }).to_string();
    let answer = probe.client.send(Request::post(POLL, body)).await?;
    let error = answer.json().and_then(|json| json["error"].as_str().map(str::to_owned));
    let is_pending = matches!(error.as_deref(), Some("authorization_pending" | "slow_down"));
    if answer.status == 400 && is_pending && !has_tokens(&answer) {
        return Ok("pending".to_owned());
    }
    Err(Finding::fail(&answer.endpoint, "400 with authorization_pending", describe_answer(&answer)))
}

/// Nobody gets a key by a code that is made up, and malformed requests break nothing.
pub(crate) async fn refuses(probe: &Probe) -> Verdict {
    let made_up = json!({ "device_code": probe.random }).to_string();
    let requests = vec![
        Request::post(POLL, made_up),
        Request::post(POLL, "{"),
        Request::post(POLL, "{}"),
        Request::post(START, ""),
        Request::post(START, "[]"),
        Request::post(START, r#"{"machine_name":"canary","agents":["no-such-agent"]}"#),
        Request::post(START, format!(r#"{{"machine_name":"{}"}}"#, "a".repeat(64 * 1024))),
    ];
    let is_refused = |answer: &HttpAnswer| {
        (400..500).contains(&answer.status) && answer.json().is_some() && !has_tokens(answer)
    };
    let answers = send_all(probe, requests).await;
    judge_all(answers, "4xx with JSON", is_refused).map(|()| "refused".to_owned())
}

async fn start_device(probe: &Probe) -> Result<(HttpAnswer, Value), Finding> {
    let answer = probe.device().await?;
    let json = answer.json().unwrap_or_default();
    if answer.status == 200 && json["device_code"].is_string() {
        return Ok((answer, json));
    }
    Err(Finding::fail(&answer.endpoint, "200 with a code", describe_answer(&answer)))
}

fn has_tokens(answer: &HttpAnswer) -> bool {
    answer.json().is_some_and(|json| json.get("tokens").is_some() || json.get("token").is_some())
}

/// Returns a line about an answer without its codes.
fn describe_answer(answer: &HttpAnswer) -> String {
    let json = answer.json().unwrap_or_default();
    if has_tokens(answer) {
        return format!("{} with tokens", answer.status);
    }
    format!("{} {}", answer.status, json["error"])
}
