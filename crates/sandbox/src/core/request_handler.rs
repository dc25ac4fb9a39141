//! The way of one request: parsed, recorded, delayed, failed on purpose, served, answered.

use std::io;

use actix_web::body::{BodySize, MessageBody as _};
use actix_web::http::header::{DATE, Date, HeaderValue, TryIntoHeaderValue as _, UPGRADE};
use actix_web::http::{ConnectionType, StatusCode};
use actix_web::web::{self, Bytes, Data};
use actix_web::{HttpRequest, HttpResponse, rt};
use futures_util::{Stream, StreamExt as _, stream};

use super::control_endpoints;
use super::faults::{Fault, Name};
use super::request_types::{self, Body, Reply, Request, Streamed};
use super::shared_state::Host;

/// The number of chunks of 64 KiB in the answer of [`Name::Huge`].
const HUGE_CHUNKS: usize = 1_152;

/// The largest body that an API accepts, in bytes.
const MAX_BODY: usize = 8 << 20;

/// Answers a request by the vendor, unless a fault intervenes.
pub(crate) async fn handle(http: HttpRequest, body: Bytes, host: Data<Host>) -> HttpResponse {
    let request = parse(&http, &body, host.protocol.api_prefix);
    if request.path.starts_with(control_endpoints::PREFIX) {
        return respond(control_endpoints::answer(&host, &request));
    }
    let request = (host.protocol.name)(request);
    if request.is_api() && body.len() > MAX_BODY {
        return HttpResponse::PayloadTooLarge().finish();
    }
    let number = host.log.lock().add_request(&request, (host.protocol.omits_body)(&request));
    let latency = *host.latency.lock();
    if !latency.is_zero() {
        rt::time::sleep(latency).await;
    }
    host.holds.pass(&request).await;
    host.serve_late();
    let fault = host.faults.lock().take(&request);
    let mut response = match fault {
        None => {
            let reply = serve(&host, &request).await;
            host.log.lock().add_answer(&request, &reply);
            respond_to(&request, reply)
        }
        Some(fault) => fail(&host, &request, &fault).await,
    };
    if let Ok(date) = Date(host.clock.time().into()).try_into_value() {
        response.headers_mut().insert(DATE, date);
    }
    if response.headers().get(DROPPED).is_none() {
        let bytes = match response.body().size() {
            BodySize::Sized(bytes) => Some(bytes),
            _ => None,
        };
        host.log.lock().set_answer(number, response.status().as_u16(), bytes);
    }
    response
}

fn parse(http: &HttpRequest, body: &[u8], api_prefix: fn(&str) -> &str) -> Request {
    let query = web::Query::from_query(http.query_string()).map(web::Query::into_inner);
    let (endpoint, segments) = request_types::split_path(http.path(), api_prefix(http.path()));
    let mut headers: std::collections::BTreeMap<_, _> = http
        .headers()
        .iter()
        .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
        .collect();
    Request {
        method: http.method().as_str().to_owned(),
        path: http.path().to_owned(),
        endpoint,
        segments,
        query: query.unwrap_or_default(),
        authorization: headers.remove("authorization"),
        headers,
        body: body.to_vec(),
        breaks_off: false,
    }
}

/// Serves a request. A job runs on a blocking thread, without the vendor's lock.
async fn serve(host: &Host, request: &Request) -> Reply {
    let served = host.confusion.of_request(request, host.protocol.api_prefix);
    let reply = host.confusion.of_reply(request, host.vendor.lock().answer(&served));
    match reply.body {
        Body::Later(_) => {
            let finished = web::block(move || reply.finish()).await;
            finished.unwrap_or_else(|_| host.vendor.lock().refusal(500))
        }
        _ => reply,
    }
}

async fn fail(host: &Host, request: &Request, fault: &Fault) -> HttpResponse {
    if !fault.wait().is_zero() {
        rt::time::sleep(fault.wait()).await;
    }
    let request = &Request { breaks_off: fault.name == Name::BreakOff, ..request.clone() };
    let served = if fault.name.has_effect() { Some(serve(host, request).await) } else { None };
    match (fault.name, served) {
        (Name::Delay, Some(reply)) => respond_to(request, reply),
        (Name::CutOff, Some(reply)) => cut_off(reply),
        (Name::Status | Name::StatusAfter, _) => {
            let status = fault.answered_status();
            let given = fault.body.clone().map(|body| Reply::json(status, body));
            respond(given.unwrap_or_else(|| host.vendor.lock().refusal(status)))
        }
        (Name::ProxyNotFound, _) => {
            HttpResponse::NotFound().content_type("text/plain").body("404 page not found")
        }
        (Name::ProxyRedirect, _) => {
            let target = format!("https://proxy.invalid{}", request.path);
            HttpResponse::MovedPermanently().insert_header(("Location", target)).finish()
        }
        (Name::BreakOff, _) => respond(host.vendor.lock().refusal(500)),
        (Name::Limited, _) => respond(host.vendor.lock().refusal(429)),
        (Name::Malformed, _) => {
            HttpResponse::Ok().content_type("application/json").body("{\"uuid\": \"unfini")
        }
        (Name::Huge, _) => huge(request.method == "GET"),
        (Name::Hang, _) => std::future::pending().await,
        (Name::Late, _) => {
            host.postpone(request.clone(), fault.lateness());
            dropped()
        }
        _ => dropped(),
    }
}

/// Returns an answer that is larger than any client reads.
///
/// With `has_length` a client learns the size from the head and need not read up to its limit;
/// without, it has to.
fn huge(has_length: bool) -> HttpResponse {
    let chunk = Bytes::from(vec![b' '; 1 << 16]);
    let chunks = stream::iter((0..HUGE_CHUNKS).map(move |_| Ok::<_, io::Error>(chunk.clone())));
    let mut answer = HttpResponse::Ok();
    if has_length {
        answer.no_chunking((HUGE_CHUNKS << 16) as u64);
    }
    answer.content_type("application/json").streaming(chunks)
}

/// Marks an answer that is never sent.
const DROPPED: &str = "x-sandbox-dropped";

/// Returns an answer whose body fails at once, so that the connection closes before its head is sent.
fn dropped() -> HttpResponse {
    let failing = stream::iter([Err::<Bytes, _>(io::Error::other("dropped by a fault"))]);
    HttpResponse::Ok().insert_header((DROPPED, "1")).no_chunking(1).streaming(failing)
}

fn respond(reply: Reply) -> HttpResponse {
    let status = StatusCode::from_u16(reply.status).unwrap_or_default();
    let mut response = HttpResponse::build(status);
    for (name, value) in reply.headers {
        response.insert_header((name, value));
    }
    match reply.body {
        Body::Json(value) => response.content_type("application/json").body(value.to_string()),
        Body::Text(text) => response.content_type("text/html; charset=UTF-8").body(text),
        Body::Bytes(kind, bytes) => response.content_type(kind).body(bytes),
        Body::Empty | Body::Later(_) => response.finish(),
        Body::Streamed(streamed) => {
            response.content_type(streamed.media_type).streaming(chunks(streamed))
        }
    }
}

/// Answers a request, whose connection the answer may take over.
fn respond_to(request: &Request, mut reply: Reply) -> HttpResponse {
    let takes_over = matches!(&reply.body, Body::Streamed(one) if one.takes_over);
    if !takes_over {
        return respond(reply);
    }
    let protocol = request.header("upgrade").to_owned();
    if !protocol.is_empty() {
        reply.status = 101;
    }
    let mut response = respond(reply);
    let head = response.head_mut();
    head.no_chunking(true);
    if let Ok(protocol) = HeaderValue::from_str(&protocol)
        && !protocol.is_empty()
    {
        head.headers_mut().insert(UPGRADE, protocol);
        head.set_connection_type(ConnectionType::Upgrade);
        head.reason = Some("UPGRADED");
    } else {
        head.set_connection_type(ConnectionType::Close);
    }
    response
}

/// Returns an answer that breaks off in the middle.
fn cut_off(reply: Reply) -> HttpResponse {
    let status = StatusCode::from_u16(reply.status).unwrap_or_default();
    let broken = || {
        stream::once(async {
            // What came before is sent meanwhile.
            tokio::task::yield_now().await;
            Err(io::Error::other("cut off by a fault"))
        })
    };
    let whole = match reply.body {
        Body::Streamed(streamed) => {
            let first = chunks(streamed).take(1);
            return HttpResponse::build(status).streaming(first.chain(broken()));
        }
        Body::Json(value) => value.to_string().into_bytes(),
        Body::Text(text) => text.into_bytes(),
        Body::Bytes(_, bytes) => bytes,
        Body::Empty | Body::Later(_) => return dropped(),
    };
    let mut answer = HttpResponse::build(status);
    answer.no_chunking(whole.len() as u64);
    let half = Bytes::copy_from_slice(whole.get(..whole.len() / 2).unwrap_or_default());
    answer.streaming(stream::iter([Ok(half)]).chain(broken()))
}

fn chunks(streamed: Streamed) -> impl Stream<Item = io::Result<Bytes>> {
    let mut chunks = streamed.chunks;
    stream::poll_fn(move |context| chunks.poll_recv(context).map(|chunk| chunk.map(Ok)))
}
