//! `POST /api/hooks/gitea`: Gitea tells of a push. It has a signature of its body in place of a key.
//!
//! `GET /api/hooks/gitea?check=…` says whether the delivery of a trial has arrived: `covibe-server check
//! --deliver` asks, which alone knows the trial's name.

mod delivery_body;

use actix_web::web::{self, Payload};
use actix_web::{HttpRequest, Resource};
use covibe_dispatch::{
    BodySender, Delivery, HOOK_KEY, HOOK_PATH, HookSecret, HookTrial, NamedHook, Push,
};
use covibe_domain::{Failure, Kind};
use serde_json::json;

use self::delivery_body::{Arrived, TIMEOUT};
use crate::app_state::App;
use crate::buffered_body::{BodyLimit, body_of_stranger};
use crate::request_intake::{identified, query};
use crate::{connection, responses};

/// The bounds of a delivery of a hook that is not known. A stranger can send none that is checked before it is here.
const LIMIT: BodyLimit = BodyLimit {
    noun: "body",
    most: Push::MOST_BYTES,
    size: "1 MiB",
    hint: "Call workspace.provision: it registers the hook with the server, which then reads \
           longer deliveries.",
    within: TIMEOUT,
};

/// Returns the route.
pub(crate) fn resource(app: &App) -> Resource {
    let (app, asked) = (app.clone(), app.clone());
    let post = web::post().to(move |request: HttpRequest, payload: Payload| {
        let app = app.clone();
        async move {
            match deliver(&app, &request, payload).await {
                Ok(()) => responses::json(202, &json!({ "accepted": true })),
                Err(failure) => {
                    app.dispatcher.count_refusal(&failure);
                    responses::failure(&failure)
                }
            }
        }
    });
    let get = web::get().to(move |request: HttpRequest| {
        let arrived = trial(&request).map(|trial| asked.dispatcher.has_arrived(&trial));
        async move {
            match arrived {
                Some(arrived) => responses::json(200, &json!({ "arrived": arrived })),
                None => responses::wrong_method("POST").await,
            }
        }
    });
    let other = web::to(|| responses::wrong_method("POST"));
    web::resource(HOOK_PATH).route(post).route(get).default_service(other)
}

/// Returns the trial that the address names.
fn trial(request: &HttpRequest) -> Option<HookTrial> {
    HookTrial::from_name(&parameter(request, HookTrial::PARAMETER)?)
}

fn parameter(request: &HttpRequest, wanted: &str) -> Option<String> {
    let mut parameters = query(request).ok()?.into_iter();
    parameters.find(|(name, _)| name == wanted).map(|(_, value)| value)
}

fn header<'a>(request: &'a HttpRequest, name: &str) -> &'a str {
    let value = request.headers().get(name).and_then(|value| value.to_str().ok());
    value.unwrap_or_default()
}

async fn deliver(app: &App, request: &HttpRequest, payload: Payload) -> Result<(), Failure> {
    let is_signed = !header(request, HookSecret::SIGNATURE_HEADER).is_empty();
    let id = parameter(request, HOOK_KEY).filter(|_| is_signed);
    if let Some(hook) = id.and_then(|id| app.dispatcher.named_hook(&id)) {
        return deliver_named(app, &hook, request, payload).await;
    }
    connection::count_stranger(request)?;
    if !is_signed {
        return Err(Failure::new(Kind::Unauthenticated, "The delivery is not signed.")
            .hint("Only Gitea calls this path, through a hook that has a secret."));
    }
    let held = body_of_stranger(&app.dispatcher, request);
    let body = LIMIT.read(request, payload, held).await?;
    take(app, request, &body.bytes, None).await
}

/// Takes a delivery to the address of a hook that is known. It does not count for the address that it comes from, so that
/// no other hook delays it. What it would have told is looked for if it is refused for another reason than its
/// signature.
async fn deliver_named(
    app: &App,
    hook: &NamedHook,
    request: &HttpRequest,
    payload: Payload,
) -> Result<(), Failure> {
    let rate = connection::delivery_rate(request, hook.id());
    if let Some(rate) = &rate {
        rate.take().inspect_err(|_| app.dispatcher.look_for_pushes(hook))?;
    }
    let taken = receive(app, hook, request, payload).await;
    let refused = taken.as_ref().err().map(|failure| failure.kind);
    if refused.is_some_and(|kind| kind != Kind::Unauthenticated) {
        app.dispatcher.look_for_pushes(hook);
    }
    if let Some(rate) = rate.filter(|_| !refused.is_some_and(shows_no_sender)) {
        rate.give_back();
    }
    taken
}

/// Returns whether somebody else than Gitea may have sent a delivery that is refused in this way.
fn shows_no_sender(kind: Kind) -> bool {
    matches!(kind, Kind::Unauthenticated | Kind::TooLarge | Kind::Invalid | Kind::Timeout)
}

async fn receive(
    app: &App,
    hook: &NamedHook,
    request: &HttpRequest,
    payload: Payload,
) -> Result<(), Failure> {
    let held = app.dispatcher.begin_body(BodySender::Hook(hook.id().to_owned()));
    match Arrived::receive(request, payload, hook, held).await? {
        Arrived::Kept(bytes, _held) => take(app, request, &bytes, Some(hook)).await,
        Arrived::Long(verifier) => {
            let signature = header(request, HookSecret::SIGNATURE_HEADER);
            let is_signed = verifier.verify(signature).is_ok();
            app.dispatcher.deliver_long(hook, header(request, Push::EVENT_HEADER), is_signed)
        }
    }
}

async fn take(
    app: &App,
    request: &HttpRequest,
    body: &[u8],
    hook: Option<&NamedHook>,
) -> Result<(), Failure> {
    let signature = header(request, HookSecret::SIGNATURE_HEADER);
    let event = header(request, Push::EVENT_HEADER);
    let id = header(request, Push::DELIVERY_HEADER);
    let trial = trial(request);
    let delivery = Delivery { body, signature, event, id, trial: trial.as_ref(), hook };
    app.dispatcher.deliver(delivery, &identified(request)).await
}
