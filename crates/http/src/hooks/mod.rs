//! `POST /api/hooks/gitea`: Gitea tells of a push. It has a signature of its body in place of a key.
//!
//! `GET /api/hooks/gitea?check=…` says whether the delivery of a trial has arrived: `covibe-server check
//! --deliver` asks, which alone knows the trial's name.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use actix_web::web::{self, BytesMut, Payload};
use actix_web::{HttpRequest, Resource};
use covibe_dispatch::{Delivery, HOOK_KEY, HOOK_PATH, HookSecret, HookTrial, Push};
use covibe_domain::{Failure, Kind};
use futures_util::StreamExt as _;
use serde_json::json;
use tokio::time::timeout;

use crate::answer;
use crate::app::App;
use crate::received::{identified, query};

/// How long a body may take to arrive: Gitea gives up after 5 seconds.
const TIMEOUT: Duration = Duration::from_secs(10);

/// How many bytes of bodies are held at once. A delivery has about 5.5 KB, and a stranger can send none that
/// is checked before it is here.
const HELD: usize = 16 << 20;

/// Returns the route.
pub(crate) fn resource(app: &App) -> Resource {
    let (app, held) = (app.clone(), Arc::<AtomicUsize>::default());
    let asked = app.clone();
    let post = web::post().to(move |request: HttpRequest, payload: Payload| {
        let (app, held) = (app.clone(), Arc::clone(&held));
        async move {
            match deliver(&app, &held, &request, payload).await {
                Ok(()) => answer::json(202, &json!({ "accepted": true })),
                Err(failure) => {
                    app.dispatcher.count_refusal(&failure);
                    answer::failure(&failure)
                }
            }
        }
    });
    let get = web::get().to(move |request: HttpRequest| {
        let arrived = trial(&request).map(|trial| asked.dispatcher.has_arrived(&trial));
        async move {
            match arrived {
                Some(arrived) => answer::json(200, &json!({ "arrived": arrived })),
                None => answer::wrong_method("POST").await,
            }
        }
    });
    let other = web::to(|| answer::wrong_method("POST"));
    web::resource(HOOK_PATH).route(post).route(get).default_service(other)
}

/// Returns the trial that the address names.
fn trial(request: &HttpRequest) -> Option<HookTrial> {
    HookTrial::named(&parameter(request, HookTrial::PARAMETER)?)
}

/// Returns a parameter of the address.
fn parameter(request: &HttpRequest, wanted: &str) -> Option<String> {
    let parameters = query(request).ok()?;
    parameters.into_iter().find(|(name, _)| name == wanted).map(|(_, value)| value.to_string())
}

async fn deliver(
    app: &App,
    held: &AtomicUsize,
    request: &HttpRequest,
    payload: Payload,
) -> Result<(), Failure> {
    let header = |name: &str| {
        let value = request.headers().get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default()
    };
    let signature = header(HookSecret::SIGNATURE_HEADER);
    if signature.is_empty() {
        return Err(Failure::new(Kind::Unauthenticated, "The delivery is not signed.")
            .hint("Only Gitea calls this path, through a hook that has a secret."));
    }
    let mut body = Body { held, bytes: BytesMut::new() };
    let slow = |_| Failure::new(Kind::Timeout, "The body did not arrive in time.");
    timeout(TIMEOUT, body.collect(payload)).await.map_err(slow)??;
    let (event, id) = (header(Push::EVENT_HEADER), header(Push::DELIVERY_HEADER));
    let (key, trial) = (parameter(request, HOOK_KEY), trial(request));
    let (key, trial) = (key.as_deref(), trial.as_ref());
    let delivery = Delivery { body: &body.bytes, signature, event, id, key, trial };
    app.dispatcher.deliver(delivery, &identified(request)).await
}

/// A body, whose bytes count until it is dropped.
struct Body<'a> {
    held: &'a AtomicUsize,
    bytes: BytesMut,
}

impl Body<'_> {
    async fn collect(&mut self, mut payload: Payload) -> Result<(), Failure> {
        while let Some(chunk) = payload.next().await {
            let chunk = chunk.map_err(|_| Failure::invalid("The body is incomplete."))?;
            if self.bytes.len() + chunk.len() > Push::MOST_BYTES {
                return Err(Failure::new(Kind::TooLarge, "The body is larger than 1 MiB."));
            }
            let before = self.held.fetch_add(chunk.len(), Ordering::Relaxed);
            self.bytes.extend_from_slice(&chunk);
            if before + chunk.len() > HELD {
                return Err(Failure::new(Kind::Limited, "Too many deliveries arrive at once."));
            }
        }
        Ok(())
    }
}

impl Drop for Body<'_> {
    fn drop(&mut self) {
        self.held.fetch_sub(self.bytes.len(), Ordering::Relaxed);
    }
}
