//! The listener and the table of routes.

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::{ServerHandle, Service as _};
use actix_web::{App as ActixApp, HttpServer, middleware, web};
use covibe_store::Store;
use covibe_tools::{Dispatcher, surface};

use crate::{answer, doors::Doors, health, mcp, rest};

/// How long a client may take to send its headers.
const HEADERS_WITHIN: Duration = Duration::from_secs(10);

/// How long calls that run may go on once the server is told to stop, in seconds.
const STOP_WITHIN: u64 = 50;

/// Connections that one worker holds at once; past that new ones wait in the backlog.
const MAX_CONNECTIONS: usize = 8192;

/// What the routes stand in front of.
#[derive(Clone, Debug)]
pub struct App {
    /// The dispatcher.
    pub dispatcher: Arc<Dispatcher>,
    /// For the health answer.
    pub store: Store,
    /// Which hosts and origins are let in.
    pub doors: Doors,
    /// How people sign in, for the health answer: `local` or `workos`.
    pub auth_mode: &'static str,
}

/// A server that runs.
#[derive(Debug)]
pub struct Running {
    dispatcher: Arc<Dispatcher>,
    handle: ServerHandle,
    ended: tokio::task::JoinHandle<io::Result<()>>,
}

impl Running {
    /// Stops taking calls and waits for those that run; those that only wait for something end.
    pub async fn stop(self) {
        self.dispatcher.stop_waiting();
        self.handle.stop(true).await;
        let _ended = self.ended.await;
    }
}

/// Serves on this listener until [`Running::stop`], with this many workers.
///
/// Needs a tokio runtime. The listener sets `TCP_NODELAY`: without it an answer above 32 KiB
/// waits for the client's delayed acknowledgement.
pub fn serve(app: App, listener: TcpListener, workers: usize) -> io::Result<Running> {
    let openapi = web::Bytes::from(surface::openapi(app.dispatcher.registry()).to_string());
    let listed = mcp::Listed::new(app.dispatcher.registry());
    let dispatcher = Arc::clone(&app.dispatcher);
    let server = HttpServer::new(move || {
        let (doors, app) = (app.doors.clone(), app.clone());
        ActixApp::new()
            .wrap(middleware::from_fn(move |request, next| doors.clone().guard(request, next)))
            .wrap_fn(|request, service| {
                let call = service.call(request);
                async move { call.await.map(answer::secured) }
            })
            .service(mcp::resource(&app, &listed))
            .configure(|routes| rest::routes(routes, &app.dispatcher))
            .service(health::resource(&app))
            .service(document("/openapi.json", &openapi))
            .default_service(web::to(answer::no_such_path))
    });
    let server = server
        .workers(workers)
        .tcp_nodelay(true)
        .client_request_timeout(HEADERS_WITHIN)
        .max_connections(MAX_CONNECTIONS)
        .shutdown_timeout(STOP_WITHIN)
        .disable_signals()
        .listen(listener)?
        .run();
    Ok(Running { dispatcher, handle: server.handle(), ended: tokio::spawn(server) })
}

/// A document that is the same for everybody.
fn document(path: &str, text: &web::Bytes) -> actix_web::Resource {
    let text = text.clone();
    let get = web::get().to(move || std::future::ready(answer::json_text(200, text.clone())));
    web::resource(path).route(get).default_service(web::to(|| answer::wrong_method("GET")))
}
