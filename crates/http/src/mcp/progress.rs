//! Progress of a call, sent as notifications on its stream.

use covibe_dispatch::{Progress, ProgressUpdate};
use rmcp::model::{ProgressNotificationParam, ProgressToken};
use rmcp::service::{Peer, RequestContext};
use rmcp::{RoleServer, model::Extensions};
use rmcp_actix_web::transport::on_request_extensions;
use tokio::sync::mpsc::Receiver;
use tokio::task::JoinHandle;

/// Marks a request whose client accepts a stream as the answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct AcceptsStream;

/// Returns where the call reports its progress, and the task that sends it to the client. Returns
/// `None` for a client that did not ask for progress or does not accept a stream.
pub(super) fn start(
    context: &RequestContext<RoleServer>,
) -> (Option<Progress>, Option<JoinHandle<()>>) {
    let Some(token) =
        context.meta.get_progress_token().filter(|_| accepts_stream(&context.extensions))
    else {
        return (None, None);
    };
    let (progress, updates) = Progress::channel();
    let forwarding = tokio::spawn(forward(context.peer.clone(), token, updates));
    (Some(progress), Some(forwarding))
}

fn accepts_stream(extensions: &Extensions) -> bool {
    on_request_extensions(extensions).is_some_and(|own| own.get::<AcceptsStream>().is_some())
}

async fn forward(
    peer: Peer<RoleServer>,
    token: ProgressToken,
    mut updates: Receiver<ProgressUpdate>,
) {
    while let Some(ProgressUpdate { done, total, message }) = updates.recv().await {
        let mut notification = ProgressNotificationParam::new(token.clone(), number(done));
        notification.total = total.map(number);
        let notification = notification.with_message(message);
        if peer.notify_progress(notification).await.is_err() {
            return;
        }
    }
}

/// Converts a count of steps, which is far below the largest integer that an `f64` holds exactly.
fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
