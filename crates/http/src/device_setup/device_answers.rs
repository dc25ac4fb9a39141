//! The answers to a device: the members and the errors of RFC 8628, and a hint.

use actix_web::HttpResponse;
use covibe_dispatch::{DEVICE_INTERVAL, DEVICE_LIFETIME, DeviceKey, PolledDevice, StartedDevice};
use serde_json::{Value, json};

use crate::responses;
use covibe_console::paths::DEVICE;

/// Returns the answer with the codes of a device.
pub(super) fn started_device(started: &StartedDevice, origin: &str) -> HttpResponse {
    let (page, code) = (format!("{origin}{DEVICE}"), &started.user_code);
    responses::json(
        200,
        &json!({
            "device_code": started.device_code.expose(),
            "user_code": code,
            "verification_uri": page,
            "verification_uri_complete": format!("{page}?code={code}"),
            "expires_in": DEVICE_LIFETIME.as_secs(),
            "interval": DEVICE_INTERVAL.as_secs(),
        }),
    )
}

/// Returns the answer to a poll of a device.
pub(super) fn polled_device(polled: &PolledDevice, origin: &str) -> HttpResponse {
    let (error, hint) = match polled {
        PolledDevice::Approved { workspace, keys } => {
            let tokens: Vec<_> = keys.iter().map(token).collect();
            let body = json!({
                "status": "approved",
                "workspace": workspace.as_str(),
                "origin": origin,
                "tokens": tokens,
            });
            return responses::json(200, &body);
        }
        PolledDevice::SlowDown(interval) => {
            let body = json!({
                "error": "slow_down",
                "hint": "Add 5 seconds to the time between two polls, and poll again.",
                "interval": interval.as_secs(),
            });
            return responses::json(400, &body);
        }
        PolledDevice::Pending => (
            "authorization_pending",
            "Nobody has approved the code yet. Poll again after `interval` seconds.",
        ),
        PolledDevice::Denied => ("access_denied", "The code was denied. Do not poll again."),
        PolledDevice::Expired => {
            ("expired_token", "The code has expired. Ask for another one at /api/setup/device.")
        }
        PolledDevice::Consumed => {
            let hint = "The tokens were already delivered, and are returned only once. If they were lost, revoke \
                        them in the console and set the device up again.";
            let body = json!({ "error": "consumed", "status": "consumed", "hint": hint });
            return responses::json(400, &body);
        }
    };
    responses::json(400, &json!({ "error": error, "hint": hint }))
}

fn token(key: &DeviceKey) -> Value {
    let mut token = json!({ "agent": key.agent.as_str(), "token": key.token.expose() });
    if let Some(expires_at) = key.expires_at {
        token["expires_at"] = expires_at.to_string().into();
    }
    token
}
