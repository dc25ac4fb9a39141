//! The steps of the provisioning run that sets a workspace up, as server-sent events.

use std::sync::Arc;

use actix_web::web::Bytes;
use covibe_dispatch::{Progress, ProgressUpdate};
use covibe_domain::Failure;
use futures_util::future::LocalBoxFuture;
use futures_util::{FutureExt as _, Stream, stream};
use serde_json::json;
use tokio::sync::mpsc::Receiver;

use super::workspace_and_rights::Workplace;
use crate::people::PageResult;
use crate::responses::{event, event_stream};

/// Tells the steps of the run in progress, and that it has ended or was followed for as long as a call may take.
pub(super) async fn follow(at: &Workplace) -> PageResult {
    let (progress, updates) = Progress::channel();
    let call = at.call_with("workspace.describe", json!({}), Some(progress))?;
    let dispatcher = Arc::clone(&at.dispatcher);
    let run = async move { dispatcher.call(call).await.map(drop) };
    Ok(event_stream(events(updates, run.boxed_local())))
}

/// Returns an event for each step until the run has ended.
fn events(
    updates: Receiver<ProgressUpdate>,
    run: LocalBoxFuture<'static, Result<(), Failure>>,
) -> impl Stream<Item = Result<Bytes, Failure>> {
    stream::unfold(Some((updates, run)), |following| async move {
        let (mut updates, mut run) = following?;
        let (text, next) = tokio::select! {
            Some(update) = updates.recv() => (step(update), Some((updates, run))),
            ended = &mut run => (end_event(ended), None),
        };
        Some((Ok(Bytes::from(text)), next))
    })
}

fn end_event(ended: Result<(), Failure>) -> String {
    match ended {
        Ok(()) => event("end", json!({})),
        Err(why) => event("trouble", json!({ "error": why.message })),
    }
}

fn step(update: ProgressUpdate) -> String {
    let ProgressUpdate { done, total, message } = update;
    event("step", json!({ "step": message, "done": done, "total": total }))
}
