//! The listener and the table of routes.

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::{ServerHandle, Service as _};
use actix_web::{App as ActixApp, HttpServer, middleware, web};
use covibe_dispatch::Dispatcher;
use covibe_operation::surface;

use crate::app::App;
use crate::pages::{Document, home, oauth};
use crate::{answer, cookbook, health, mcp, rest};

/// The timeout for receiving the headers of a request.
const HEADERS_WITHIN: Duration = Duration::from_secs(10);

/// How long running calls may continue once the server stops, in seconds.
const STOP_WITHIN: u64 = 50;

/// The maximum number of connections of one worker; further ones wait in the backlog.
const MAX_CONNECTIONS: usize = 8192;

/// A running server.
#[derive(Debug)]
pub struct Running {
    dispatcher: Arc<Dispatcher>,
    handle: ServerHandle,
    ended: tokio::task::JoinHandle<io::Result<()>>,
}

impl Running {
    /// Stops accepting calls and waits for running ones. Calls that wait for an outcome answer at once.
    pub async fn stop(self) {
        self.dispatcher.stop_waiting();
        self.handle.stop(true).await;
        let _ended = self.ended.await;
    }
}

/// Serves on this listener until [`Running::stop`] is called, with this number of workers.
///
/// Requires a Tokio runtime. The listener sets `TCP_NODELAY`: without it, an answer above 32 KiB
/// waits for the client's delayed acknowledgement.
pub fn serve(app: App, listener: TcpListener, workers: usize) -> io::Result<Running> {
    let openapi = Document::new("/openapi.json", &surface::openapi(app.dispatcher.registry()));
    let listed = mcp::Listed::new(&app);
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
            .service(cookbook::resource(&app.cookbook))
            .service(home::resource(&app.doors))
            .configure(oauth::routes)
            .service(openapi.resource())
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
