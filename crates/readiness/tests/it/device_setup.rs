//! The setup of a developer's device.

use covibe_readiness_checks::Gate;
use serde_json::json;

use crate::closed_endpoints::switch;
use crate::fault_switch::{Switch, examine_each};
use crate::stand_in_origin::{ReceivedRequest, Reply};

#[tokio::test]
async fn a_device_flow_that_grants_keys_too_early_or_is_missing_fails_the_preflight() {
    let (start, poll) = ("/api/setup/device", "/api/setup/device/poll");
    let tokens = Reply::json(200, &json!({ "tokens": [{ "agent": "claude-code", "token": "x" }] }));
    let has = |text: &'static str| {
        move |seen: &ReceivedRequest| {
            seen.path == "/api/setup/device/poll"
                && seen.body.windows(text.len()).any(|part| part == text.as_bytes())
        }
    };
    examine_each(
        Gate::Preflight,
        vec![
            Switch::new(
                "no devices",
                &["device.start", "device.poll"],
                "POST /api/setup/device",
                move |origin| {
                    origin.on("POST", start, |reply| {
                        *reply = Reply::json(404, &json!({ "error": "Nothing." }));
                    });
                },
            ),
            Switch::new(
                "the page of another origin",
                &["device.start"],
                "POST /api/setup/device",
                move |origin| {
                    origin.on("POST", start, |reply| {
                        if reply.status == 200 {
                            reply.change(|body| {
                                body["verification_uri"] =
                                    json!("http://localhost:8787/setup/authorize");
                            });
                        }
                    });
                },
            ),
            switch(
                "a key before the approval",
                &["device.poll"],
                "POST /api/setup/device/poll",
                has("known-device"),
                tokens.clone(),
            ),
            switch(
                "a key for a code that is made up",
                &["device.refuses"],
                "POST /api/setup/device/poll",
                |seen| {
                    seen.path == "/api/setup/device/poll"
                        && seen.body.windows(11).any(|part| part == b"device_code")
                        && !seen.body.windows(5).any(|part| part == b"known")
                },
                tokens,
            ),
            Switch::new(
                "a malformed request breaks",
                &["device.refuses"],
                "POST /api/setup/device/poll",
                move |origin| {
                    origin.rule(move |seen, reply| {
                        if seen.path == poll && seen.body == "{" {
                            reply.status = 500;
                        }
                    });
                },
            ),
        ],
    )
    .await;
}
