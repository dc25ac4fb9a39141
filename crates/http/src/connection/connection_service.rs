//! The beginning of connections, and the checks that every request passes first.

use std::fmt::Debug;
use std::io;
use std::net::{SocketAddr, TcpListener};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use actix_http::{HttpService, KeepAlive, Request, Response};
use actix_web::HttpRequest;
use actix_web::body::{BoxBody, MessageBody};
use actix_web::dev::{Service, ServiceFactory, ServiceRequest, ServiceResponse};
use actix_web::http::ConnectionType;
use covibe_domain::{Failure, Kind};
use socket2::SockRef;
use tokio::net::TcpStream;

use super::answer_body::{BUFFERED, CountedBody, Streamed};
use super::connection_table::{Permit, Table};
use super::exchange::Exchange;
use super::health_check_paths::is_check;
use super::refusal_reasons::Reason;
use super::request_body::take_in_turn;
use super::requests_with_credentials::{ClaimedRequest, claimed_keys};
use super::single_request_stream::{Guarded, Transport};
use super::unauthenticated_requests::{count_without_key, counts_itself};
use crate::responses;

/// The time that a client should wait before it retries a request that was refused.
const RETRY: Duration = Duration::from_secs(2);

/// The number of bytes of answers that the system keeps for a client that does not receive them; it doubles this.
/// Without a limit, it keeps some megabytes for each.
const SYSTEM_BUFFER: usize = 128 * 1024;

/// Limits the bytes that the system keeps for each connection that is accepted.
pub(crate) fn limit_buffers(listener: &TcpListener) -> io::Result<()> {
    SockRef::from(listener).set_send_buffer_size(SYSTEM_BUFFER)
}

/// Limits the time for which the system keeps bytes that the client does not receive, also once the connection is
/// closed.
#[cfg(target_os = "linux")]
fn limit_unread(stream: &TcpStream, limit: Duration) -> io::Result<()> {
    SockRef::from(stream).set_tcp_user_timeout(Some(limit))
}

/// Other systems have limits of their own.
#[cfg(not(target_os = "linux"))]
fn limit_unread(_: &TcpStream, _: Duration) -> io::Result<()> {
    Ok(())
}

/// Guards a new connection.
pub(crate) fn admit(
    table: &Arc<Table>,
    stream: TcpStream,
) -> io::Result<(Guarded<TcpStream>, SocketAddr)> {
    let peer = stream.peer_addr()?;
    // Without it, an answer above 32 KiB waits for the client's delayed acknowledgement.
    stream.set_nodelay(true)?;
    limit_unread(&stream, table.limits().stall)?;
    let exchange = Exchange::new(table.admit(peer.ip()), peer.ip());
    Ok((Guarded::new(stream, exchange), peer))
}

/// Returns the service that answers the requests of guarded connections until the server stops, which
/// `stopped` waits for. It needs no timers of its own.
pub(crate) fn http<T, F, Stopped>(
    routes: F,
    stopped: impl Fn() -> Stopped + Send + Sync + 'static,
) -> HttpService<Guarded<T>, F, CountedBody>
where
    T: Transport + 'static,
    F: ServiceFactory<Request, Config = (), Error: Into<Response<BoxBody>> + 'static> + 'static,
    F::InitError: Debug,
    F::Response: Into<Response<CountedBody>> + 'static,
    Stopped: Future<Output = ()> + Send + 'static,
{
    HttpService::build()
        .keep_alive(KeepAlive::Os)
        .client_request_timeout(Duration::ZERO)
        .client_disconnect_timeout(Duration::ZERO)
        .h1_write_buffer_size(BUFFERED)
        .graceful_shutdown_signal(stopped)
        .on_connect_ext(|stream: &Guarded<T>, extensions| {
            extensions.insert(Rc::clone(stream.exchange()));
        })
        .finish(routes)
}

/// Returns whether the server stops soon, so that load balancers should send requests to others.
pub(crate) fn is_draining(request: &HttpRequest) -> bool {
    request.conn_data::<Rc<Exchange>>().is_some_and(|exchange| exchange.table().is_draining())
}

/// Cancels a request from now on if its client closes the connection: the future that answers it is dropped. Use it
/// only for calls, which may be dropped at any moment, because their changes go on.
pub(crate) fn end_with_client(request: &HttpRequest) {
    if let Some(exchange) = request.conn_data::<Rc<Exchange>>() {
        exchange.bind();
    }
}

/// Counts a request for another host or from another origin.
pub(crate) fn count_foreign(request: &ServiceRequest) {
    if let Some(exchange) = request.conn_data::<Rc<Exchange>>() {
        exchange.table().refused.add(Reason::Foreign);
    }
}

/// Passes a request on, and follows its answer.
pub(crate) fn follow<S, B>(
    mut request: ServiceRequest,
    service: &S,
) -> impl Future<Output = Result<ServiceResponse<CountedBody>, actix_web::Error>> + use<S, B>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = actix_web::Error>,
    B: MessageBody + 'static,
{
    let exchange = request.conn_data::<Rc<Exchange>>().cloned();
    if let Some(exchange) = &exchange {
        let has_body = take_in_turn(&mut request, exchange);
        exchange.begin(has_body);
    }
    let called = match admission(&request, exchange.as_deref()) {
        Ok(admitted) => Ok((service.call(request), admitted)),
        Err(refused) => Err(request.into_response(responses::failure(&refused))),
    };
    async move {
        let (response, permit) = match called {
            Ok((call, Admitted { permit, claimed })) => {
                let response = call.await.map(ServiceResponse::map_into_boxed_body);
                if let (Some(claimed), Ok(response)) = (claimed, &response) {
                    claimed.note_answer(response.request(), response.status());
                }
                (response, permit)
            }
            Err(refused) => (Ok(refused), None),
        };
        finish(response, exchange, permit)
    }
}

/// The counts of a request until it is answered.
#[derive(Default)]
struct Admitted {
    permit: Option<Permit>,
    claimed: Option<ClaimedRequest>,
}

/// Follows the answer until it is written. The connection ends with it if the request was not read.
fn finish(
    response: Result<ServiceResponse<BoxBody>, actix_web::Error>,
    exchange: Option<Rc<Exchange>>,
    permit: Option<Permit>,
) -> Result<ServiceResponse<CountedBody>, actix_web::Error> {
    let is_last = exchange.as_ref().is_some_and(|exchange| exchange.answer());
    let mut response = response.inspect_err(|_| {
        // The HTTP library creates the answer.
        if let Some(exchange) = &exchange {
            exchange.set_answered();
        }
    })?;
    if is_last || offers_upgrade(response.request()) {
        response.response_mut().head_mut().set_connection_type(ConnectionType::Close);
    }
    let streamed = response.response().extensions().get::<Streamed>().copied();
    Ok(response.map_body(|_, body| CountedBody::new(body, exchange, permit, streamed)))
}

/// Returns whether a request offers another protocol, such as HTTP/2. The HTTP library answers in its own one, and then
/// closes the connection, as if the client had asked for it.
fn offers_upgrade(request: &HttpRequest) -> bool {
    request.head().connection_type() == ConnectionType::Upgrade
}

/// Counts a request without a valid key or session, and one of a client behind a trusted proxy, and refuses requests
/// that the reserve is not for.
fn admission(request: &ServiceRequest, exchange: Option<&Exchange>) -> Result<Admitted, Failure> {
    let Some(exchange) = exchange else { return Ok(Admitted::default()) };
    if is_check(request.path()) {
        return Ok(Admitted::default());
    }
    let table = exchange.table();
    if exchange.place.is_reserve() {
        table.refused.add(Reason::Connections);
        return Err(Failure::unready("The server has too many connections.")
            .hint("Nothing was changed. Retry later.")
            .retry_after(RETRY));
    }
    let client = table.limits().proxies.client(exchange.peer, request.headers());
    let address = client.unwrap_or(exchange.peer);
    let claimed = match claimed_keys(request.request()) {
        Some(keys) => Some(ClaimedRequest::admit(table, address, keys)?),
        None if counts_itself(request) => None,
        None => {
            count_without_key(table, address)?;
            None
        }
    };
    let Some(client) = client else { return Ok(Admitted { permit: None, claimed }) };
    let permit = table.permit(client);
    if permit.is_none() {
        table.refused.add(Reason::Address);
        return Err(too_many_requests());
    }
    Ok(Admitted { permit, claimed })
}

fn too_many_requests() -> Failure {
    Failure::new(Kind::Limited, "Too many requests from this address are in progress.")
        .hint("Nothing was changed. Retry once some of them have finished.")
        .retry_after(RETRY)
}
