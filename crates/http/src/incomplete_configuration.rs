//! A server at which nobody can sign in, because its configuration is incomplete. It has no database and no upstreams:
//! it answers its checks, and refuses everything else. Otherwise it would be one that people take for protected.

use std::future::{Future, ready};
use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::Service as _;
use actix_web::{App, HttpResponse, HttpServer, web};
use covibe_domain::Failure;
use covibe_operation::VERSION;
use serde_json::json;

use crate::connection::HEALTH_PATH;
use crate::{health, responses};

/// The maximum number of connections. Nobody works with it.
const CONNECTIONS: usize = 256;

/// The time that a client has for the head of a request.
const REQUEST: Duration = Duration::from_secs(5);

/// The seconds that running requests have once it stops.
const STOP_WITHIN: u64 = 5;

/// Serves until `stopped`. `missing` names the variables without which nobody can sign in.
///
/// # Errors
///
/// The listener cannot be used.
pub async fn serve_blocked(
    listener: TcpListener,
    missing: &[&'static str],
    stopped: impl Future<Output = ()>,
) -> io::Result<()> {
    let missing: Arc<[&'static str]> = missing.into();
    let app = move || {
        let missing = Arc::clone(&missing);
        let health = web::get().to(move || ready(unhealthy(&missing)));
        App::new()
            .wrap_fn(|request, service| {
                let call = service.call(request);
                async move { call.await.map(responses::with_security_headers) }
            })
            .service(
                web::resource(HEALTH_PATH)
                    .route(health)
                    .default_service(web::to(|| responses::wrong_method("GET"))),
            )
            .service(health::live())
            .default_service(web::to(|| ready(responses::failure(&refusal()))))
    };
    let server = HttpServer::new(app)
        .workers(1)
        .max_connections(CONNECTIONS)
        .client_request_timeout(REQUEST)
        .shutdown_timeout(STOP_WITHIN)
        .disable_signals()
        .listen(listener)?
        .run();
    let handle = server.handle();
    let running = tokio::spawn(server);
    stopped.await;
    handle.stop(true).await;
    running.await.unwrap_or(Ok(()))
}

fn unhealthy(missing: &[&'static str]) -> HttpResponse {
    responses::json(
        503,
        &json!({
            "status": "degraded",
            "version": VERSION,
            "auth_mode": "blocked",
            "missing": missing,
        }),
    )
}

fn refusal() -> Failure {
    Failure::unready("Nobody can sign in to this server yet.")
        .hint("Tell the operator: GET /api/health names the variables that are missing.")
}
