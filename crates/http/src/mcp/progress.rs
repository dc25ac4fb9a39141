//! Progress of a call, as notifications on its stream.

use covibe_dispatch::{Progress, Update};
use rmcp::model::{ProgressNotificationParam, ProgressToken};
use rmcp::service::{Peer, RequestContext};
use rmcp::{RoleServer, model::Extensions};
use rmcp_actix_web::transport::on_request_extensions;
use tokio::sync::mpsc::Receiver;
use tokio::task::JoinHandle;

/// That the client of a request takes a stream as its answer.
#[derive(Clone, Copy, Debug)]
pub(super) struct TakesStream;

/// Where the call may tell how far it is, and the task that passes it on; nothing for a client that
/// did not ask for it, or that takes no stream.
pub(super) fn listen(
    context: &RequestContext<RoleServer>,
) -> (Option<Progress>, Option<JoinHandle<()>>) {
    let Some(token) = context.meta.get_progress_token().filter(|_| streams(&context.extensions))
    else {
        return (None, None);
    };
    let (progress, updates) = Progress::channel();
    let telling = tokio::spawn(tell(context.peer.clone(), token, updates));
    (Some(progress), Some(telling))
}

fn streams(extensions: &Extensions) -> bool {
    on_request_extensions(extensions).is_some_and(|found| found.get::<TakesStream>().is_some())
}

async fn tell(peer: Peer<RoleServer>, token: ProgressToken, mut updates: Receiver<Update>) {
    while let Some(Update { done, total, message }) = updates.recv().await {
        let mut told = ProgressNotificationParam::new(token.clone(), number(done));
        told.total = total.map(number);
        let told = told.with_message(message);
        if peer.notify_progress(told).await.is_err() {
            return;
        }
    }
}

/// Counts of steps are far below what an `f64` holds exactly.
fn number(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}
