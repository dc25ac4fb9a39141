//! Waiting for new lines of logs.

use std::time::{Duration, Instant};

use covibe_domain::{Failure, Kind};
use covibe_workspace::{Coolify, Hosted, OnHost, Workspace};
use serde::Serialize;

use super::from_docker::read;
use super::query::{Begin, Query, Read};

/// Waits for the first new lines, and returns them; a client that takes parts of the answer gets each batch of lines, and
/// the rest is returned. Returns without any if nothing may print more, the time is over or the client leaves. A part has
/// only the warnings that the part before it did not have. Each look reads on from the one before it, so that no
/// connection to the docker host is held meanwhile.
pub(super) async fn follow<T: Serialize>(
    cx: &Workspace,
    (coolify, host, resource): (&Coolify, &OnHost, &Hosted),
    mut query: Query,
    until: Instant,
    logs: impl Fn(Read) -> T,
) -> Result<T, Failure> {
    let parts = cx.client().progress.as_ref().filter(|progress| progress.takes_parts());
    let mut last = None;
    let mut reported = Vec::new();
    let mut is_over = false;
    loop {
        let mut read = match read(cx, (coolify, host, resource), &query).await {
            Ok(read) => read,
            Err(failure) if may_pass(&failure) => {
                if is_over || !cx.rest_before_look(pause(cx), until).await {
                    return last.map(logs).ok_or(failure);
                }
                continue;
            }
            Err(failure) => return Err(failure),
        };
        if is_over || !read.may_go_on || (read.has_lines && parts.is_none()) {
            return Ok(logs(read));
        }
        if let Some(cursor) = &read.cursor {
            query.begin = Begin::After(cursor.clone());
        }
        if let Some(parts) = parts.filter(|_| read.has_lines) {
            last = Some(Read { cursor: read.cursor.clone(), ..Read::default() });
            let warnings = read.warnings.clone();
            read.warnings.retain(|warning| !reported.contains(warning));
            reported = warnings;
            let is_taken = parts.send_part(&logs(read)).await;
            // One more look is the end of the answer.
            is_over = !is_taken || !cx.rest_before_look(pause(cx), until).await;
        } else {
            report_silence(cx);
            if !cx.rest_before_look(pause(cx), until).await {
                return Ok(logs(read));
            }
            last = Some(read);
        }
    }
}

/// Returns whether the next look may succeed. A deployment may replace a container at that moment.
fn may_pass(failure: &Failure) -> bool {
    failure.is_retryable() || failure.kind == Kind::Conflict
}

/// The pause between two looks.
fn pause(cx: &Workspace) -> Duration {
    cx.settings().poll_interval * 3 / 2
}

/// Reports to the client that it still waits, if it asked for progress.
fn report_silence(cx: &Workspace) {
    if let Some(progress) = &cx.client().progress {
        progress.report_wait("No new lines yet".to_owned());
    }
}
