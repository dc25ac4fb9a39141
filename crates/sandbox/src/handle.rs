//! One request: read, recorded, delayed, failed on purpose, served, answered.

use std::io;

use actix_web::web::{self, Bytes, Data};
use actix_web::{HttpRequest, HttpResponse, rt};
use futures_util::stream;

use crate::control;
use crate::faults::{Fault, Name};
use crate::hold;
use crate::server::{Host, lock};
use crate::wire::{self, Body, Reply, Request};

/// What [`Name::Huge`] answers: so many chunks of 64 KiB.
const HUGE_CHUNKS: usize = 1_152;

/// The longest body that an API takes.
const MAX_BODY: usize = 8 << 20;

/// Answers a request: by the vendor, unless a fault comes in between.
pub(crate) async fn handle(http: HttpRequest, body: Bytes, host: Data<Host>) -> HttpResponse {
    let request = request(&http, &body);
    if request.path.starts_with(control::PREFIX) {
        return respond(control::answer(&host, &request));
    }
    if request.is_api() && body.len() > MAX_BODY {
        return HttpResponse::PayloadTooLarge().finish();
    }
    let number = lock(&host.log).push(request.recorded());
    let latency = *lock(&host.latency);
    if !latency.is_zero() {
        rt::time::sleep(latency).await;
    }
    hold::pass(&host, &request).await;
    let fault = lock(&host.armed).take(&request.method, &request.path);
    let response = match fault {
        None => {
            let reply = serve_one(&host, &request).await;
            lock(&host.log).keep(&request, &reply);
            respond(reply)
        }
        Some(fault) => fail(&host, &request, &fault).await,
    };
    if response.headers().get(DROPPED).is_none() {
        lock(&host.log).answered(number, response.status().as_u16());
    }
    response
}

/// Serves a request; what takes long is done elsewhere and without the vendor's lock.
async fn serve_one(host: &Host, request: &Request) -> Reply {
    let reply = lock(&host.vendor).answer(request);
    match reply.body {
        Body::Later(_) => {
            let finished = web::block(move || reply.finished()).await;
            finished.unwrap_or_else(|_| lock(&host.vendor).refusal(500))
        }
        _ => reply,
    }
}

fn request(http: &HttpRequest, body: &[u8]) -> Request {
    let header = |name| http.headers().get(name).and_then(|value| value.to_str().ok());
    let query = web::Query::from_query(http.query_string()).map(web::Query::into_inner);
    Request {
        method: http.method().as_str().to_owned(),
        path: http.path().to_owned(),
        parts: wire::parts(http.path()),
        query: query.unwrap_or_default(),
        authorization: header("authorization").map(str::to_owned),
        headers: wire::HEADERS
            .into_iter()
            .filter_map(|name| Some((name, header(name)?.to_owned())))
            .collect(),
        body: body.to_vec(),
    }
}

async fn fail(host: &Host, request: &Request, fault: &Fault) -> HttpResponse {
    if !fault.wait().is_zero() {
        rt::time::sleep(fault.wait()).await;
    }
    let served = if fault.name.has_effect() { Some(serve_one(host, request).await) } else { None };
    match (fault.name, served) {
        (Name::Delay, Some(reply)) => respond(reply),
        (Name::Status | Name::StatusAfter, _) => {
            let status = fault.answered_status();
            let told = fault.body.clone().map(|body| Reply::json(status, body));
            respond(told.unwrap_or_else(|| lock(&host.vendor).refusal(status)))
        }
        (Name::Limited, _) => respond(lock(&host.vendor).refusal(429)),
        (Name::Malformed, _) => {
            HttpResponse::Ok().content_type("application/json").body("{\"uuid\": \"unfini")
        }
        (Name::Huge, _) => huge(request.method == "GET"),
        (Name::Hang, _) => std::future::pending().await,
        _ => dropped(),
    }
}

/// More than anybody wants to read. Lists may be long: what is only looked at says its length, so that
/// a client need not read up to its bound; what took effect does not, and keeps its reader busy.
fn huge(says_length: bool) -> HttpResponse {
    let chunk = Bytes::from(vec![b' '; 1 << 16]);
    let chunks = stream::iter((0..HUGE_CHUNKS).map(move |_| Ok::<_, io::Error>(chunk.clone())));
    let mut answer = HttpResponse::Ok();
    if says_length {
        answer.no_chunking((HUGE_CHUNKS << 16) as u64);
    }
    answer.content_type("application/json").streaming(chunks)
}

/// Marks an answer that never leaves.
const DROPPED: &str = "x-sandbox-dropped";

/// An answer whose body fails at once: the connection is closed before its head is written.
fn dropped() -> HttpResponse {
    let failing = stream::iter([Err::<Bytes, _>(io::Error::other("dropped by a fault"))]);
    HttpResponse::Ok().insert_header((DROPPED, "1")).no_chunking(1).streaming(failing)
}

fn respond(reply: Reply) -> HttpResponse {
    let status = actix_web::http::StatusCode::from_u16(reply.status).unwrap_or_default();
    let mut response = HttpResponse::build(status);
    for (name, value) in reply.headers {
        response.insert_header((name, value));
    }
    match reply.body {
        Body::Json(value) => response.content_type("application/json").body(value.to_string()),
        Body::Text(text) => response.content_type("text/html; charset=UTF-8").body(text),
        Body::Bytes(kind, bytes) => response.content_type(kind).body(bytes),
        Body::Empty | Body::Later(_) => response.finish(),
    }
}
