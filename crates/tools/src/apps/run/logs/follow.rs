//! Waiting for new lines of logs.

use std::time::{Duration, Instant};

use covibe_domain::{Failure, Kind};
use covibe_workspace::{Coolify, Hosted, OnHost, Workspace};

use super::from_docker::read;
use super::query::{Begin, Query, Read};

/// Waits for the first new lines, and returns them. Returns without any if nothing may print more, the time is over or the
/// client leaves. Each look reads on from the one before it, so that no connection to the docker host is held meanwhile.
pub(super) async fn follow(
    cx: &Workspace,
    (coolify, host, resource): (&Coolify, &OnHost, &Hosted),
    mut query: Query,
    until: Instant,
) -> Result<Read, Failure> {
    let mut last = None;
    loop {
        match read(cx, (coolify, host, resource), &query).await {
            Ok(read) if read.has_lines || !read.may_go_on => return Ok(read),
            Ok(read) => {
                report_silence(cx);
                if !cx.rest_before_look(pause(cx), until).await {
                    return Ok(read);
                }
                if let Some(cursor) = &read.cursor {
                    query.begin = Begin::After(cursor.clone());
                }
                last = Some(read);
            }
            Err(failure) if may_pass(&failure) => {
                if !cx.rest_before_look(pause(cx), until).await {
                    return last.ok_or(failure);
                }
            }
            Err(failure) => return Err(failure),
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
        progress.report_wait("No new line has come yet".to_owned());
    }
}
