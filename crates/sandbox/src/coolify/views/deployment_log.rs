//! The log of a deployment: a JSON text of a growing array, with hidden lines that hold secrets.

use std::time::Instant;

use serde_json::{Value, json};
use url::Url;

use crate::coolify::model::Deployment;
use crate::coolify::outcomes::Outcome;

/// A line of the log.
struct Line {
    /// When it is written, in thousandths of the work.
    at: u128,
    kind: Kind,
    text: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Output,
    Error,
    /// A command, which may hold secrets.
    Hidden,
}

/// The last line of a deployment that fails.
const FAILED: &str = "Deployment failed. Removing the new version of your application.";

/// Returns a repository without credentials, for visible lines.
fn without_credentials(source: &str) -> String {
    match Url::parse(source) {
        Ok(mut url) => {
            // A URL that refuses this can have no credentials.
            let _ = url.set_password(None).and(url.set_username(""));
            url.to_string()
        }
        Err(_) => source.to_owned(),
    }
}

fn lines(one: &Deployment) -> Vec<Line> {
    let (uuid, branch, source) = (&one.uuid, &one.branch, &one.source);
    let visible = |at, text: String| Line { at, kind: kind_of(&text), text };
    let hidden = |at, text| Line { at, kind: Kind::Hidden, text };
    let mut lines = vec![
        visible(0, format!("Starting deployment of {} to localhost.", one.app_name)),
        hidden(50, format!("docker run -d --network coolify --name {uuid} coolify-helper")),
        visible(
            100,
            format!("Importing {}:{branch} to /artifacts/{uuid}.", without_credentials(source)),
        ),
        hidden(200, format!("git clone -b '{branch}' '{source}' /artifacts/{uuid}")),
    ];
    match (&one.failure, &one.outcome) {
        (Some(reason), _) => {
            let reason = reason.replace(source, &without_credentials(source));
            lines.extend(reason.lines().map(|line| visible(600, line.to_owned())));
            lines.push(visible(900, FAILED.to_owned()));
        }
        // The checkout is still running.
        _ if one.checkout.is_some() => {}
        (None, Outcome::Fails { log }) => {
            lines.push(visible(400, format!("Building docker image for commit {}.", one.commit)));
            let error = |line: &String| Line { at: 700, kind: Kind::Error, text: line.clone() };
            lines.extend(log.iter().map(error));
            lines.push(visible(900, FAILED.to_owned()));
        }
        (None, Outcome::Finishes(_)) => lines.extend([
            visible(400, format!("Building docker image for commit {}.", one.commit)),
            visible(700, "Building docker image completed.".to_owned()),
            visible(800, "Rolling update started.".to_owned()),
            visible(950, "New container is healthy. Rolling update completed.".to_owned()),
        ]),
    }
    lines
}

/// The beginnings of lines that git and docker write to standard error.
const ERROR_PREFIXES: [&str; 5] = ["error:", "fatal:", "remote:", "warning:", "invalid reference"];

fn kind_of(text: &str) -> Kind {
    let is_error = ERROR_PREFIXES.iter().any(|prefix| text.starts_with(prefix));
    if is_error { Kind::Error } else { Kind::Output }
}

/// Returns the log as it is by now; null while the deployment is queued.
pub(super) fn show(one: &Deployment, now: Instant) -> Value {
    let Some(progress) = one.progress(now) else { return Value::Null };
    let written = lines(one).into_iter().filter(|line| line.at <= progress).enumerate();
    let entries: Vec<_> = written
        .map(|(order, Line { at, kind, text })| {
            let hidden = kind == Kind::Hidden;
            json!({
                "command": hidden.then(|| text.clone()),
                "output": if hidden { String::new() } else { text },
                "type": if kind == Kind::Error { "stderr" } else { "stdout" },
                "timestamp": one.timestamp_at_progress(at), "hidden": hidden, "batch": 1, "order": order + 1,
            })
        })
        .collect();
    Value::String(Value::Array(entries).to_string())
}
