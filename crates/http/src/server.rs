//! The listener and the table of routes.

use std::future::ready;
use std::io;
use std::net::TcpListener;
use std::sync::Arc;

use actix_http::{Protocol, Request, Response};
use actix_service::{IntoServiceFactory as _, ServiceFactory, ServiceFactoryExt as _, map_config};
use actix_web::body::BoxBody;
use actix_web::dev::{AppConfig, Server, ServerHandle, Service as _, fn_service};
use actix_web::{App as ActixApp, HttpResponse, middleware};
use covibe_dispatch::Dispatcher;
use covibe_operation::surface;

use crate::app_state::{App, AuthMode};
use crate::connection::{self, ConnectionLimits, Connections, Table};
use crate::console::LogStreams;
use crate::pages::{Document, oauth_discovery, root_page};
use crate::{
    companion_api, console, cookbook, device_setup, health, hooks, host_and_origin_check, mcp,
    packages, people, photos, responses, rest,
};

/// The time for which running calls may continue once the server stops, in seconds.
const STOP_WITHIN: u64 = 50;

/// A running server.
#[derive(Debug)]
pub struct Running {
    dispatcher: Arc<Dispatcher>,
    connections: Arc<Table>,
    handle: ServerHandle,
    ended: tokio::task::JoinHandle<io::Result<()>>,
}

impl Running {
    /// Returns its connections.
    pub fn connections(&self) -> Connections {
        Connections::from_table(&self.connections)
    }

    /// Prepares to stop: the health check is 503, and each connection is closed after its next answer, so
    /// that load balancers send new requests to other servers. Calls are still accepted.
    pub fn drain(&self) {
        self.connections.drain();
    }

    /// Stops accepting calls and waits for running ones. Calls that wait for an outcome answer at once.
    pub async fn stop(self) {
        self.dispatcher.stop_waiting();
        self.connections.stop();
        self.handle.stop(true).await;
        let _ended = self.ended.await;
    }
}

/// Serves on this listener until [`Running::stop`] is called, with this number of workers.
///
/// Requires a Tokio runtime.
pub fn serve(
    app: App,
    listener: TcpListener,
    workers: usize,
    limits: ConnectionLimits,
) -> io::Result<Running> {
    if matches!(app.auth_mode, AuthMode::Blocked) {
        return Err(io::Error::other("nobody can sign in"));
    }
    connection::limit_buffers(&listener)?;
    let per_worker = limits.per_worker(workers);
    let dispatcher = Arc::clone(&app.dispatcher);
    let routes = Routes::new(app, LogStreams::of_server(limits.connections))?;
    let connections = Table::new(limits);
    let server = Server::build();
    let stopping = server.graceful_shutdown_signal();
    let table = Arc::clone(&connections);
    let listening = move || {
        let (stopping, table) = (stopping.clone(), Arc::clone(&table));
        let stopped = move || {
            let stopping = stopping.clone();
            async move { stopping.notified().await }
        };
        let accept = fn_service(move |stream| {
            let guarded = connection::admit(&table, stream);
            ready(guarded.map(|(stream, peer)| (stream, Protocol::Http1, Some(peer))))
        });
        let http = connection::http(routes.factory(), stopped);
        accept.map_err(Into::into).and_then(http)
    };
    let server = server
        .workers(workers)
        // The table of connections closes those that are too many; more wait until these are closed.
        .max_concurrent_connections(per_worker)
        .shutdown_timeout(STOP_WITHIN)
        .disable_signals()
        .listen("co-vibe", listener, listening)?
        .run();
    Ok(Running { dispatcher, connections, handle: server.handle(), ended: tokio::spawn(server) })
}

/// The state from which each worker builds the routes.
#[derive(Clone)]
struct Routes {
    app: App,
    listed: mcp::SharedLists,
    openapi: Document,
    paths: rest::Paths,
    log_streams: LogStreams,
}

impl Routes {
    fn new(app: App, log_streams: LogStreams) -> io::Result<Self> {
        let registry = Arc::clone(app.dispatcher.registry());
        let paths = rest::Paths::from_tools(registry.operations())?;
        let openapi = Document::new("/openapi.json", move || surface::openapi(&registry));
        let listed = mcp::SharedLists::new(&app);
        Ok(Self { app, listed, openapi, paths, log_streams })
    }

    fn factory(
        &self,
    ) -> impl ServiceFactory<
        Request,
        Config = (),
        Response: Into<Response<connection::CountedBody>>,
        Error = HttpResponse<BoxBody>,
        InitError = (),
    > + use<> {
        let Self { app, listed, openapi, paths, log_streams } = self;
        let doors = app.doors.clone();
        let routes = ActixApp::new()
            .wrap(middleware::from_fn(move |request, next| {
                host_and_origin_check::guard(doors.clone(), request, next)
            }))
            .wrap_fn(connection::follow)
            .wrap_fn(connection::identify)
            .wrap_fn(|request, service| {
                let call = service.call(request);
                async move { call.await.map(responses::with_security_headers) }
            })
            .service(mcp::resource(app, listed))
            .service(health::resource(app))
            .service(health::live())
            .service(hooks::resource(app))
            .service(device_setup::start(app))
            .service(device_setup::poll(app))
            .service(cookbook::resource(&app.cookbook))
            .service(root_page::resource(&app.doors))
            .configure(|routes| people::routes(routes, app))
            .configure(|routes| photos::routes(routes, app))
            .configure(|routes| packages::routes(routes, &app.packages, &app.doors))
            .configure(|routes| console::routes(routes, app, log_streams))
            .configure(|routes| companion_api::routes(routes, app))
            .configure(oauth_discovery::routes)
            .service(openapi.resource())
            .default_service(rest::route(app, paths));
        let routes =
            routes.into_factory().map_err(|error: actix_web::Error| error.error_response());
        map_config(routes, |()| AppConfig::default())
    }
}
