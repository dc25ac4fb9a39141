//! The HTTP server of a simulator: a thread of its own with one worker, on loopback.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::web::{self, Data};
use actix_web::{App, HttpServer, rt};
use covibe_domain::Secret;
use tokio::sync::oneshot;

use super::clock::Clock;
use super::control_token::ControlToken;
use super::host::Host;
use super::simulator::Simulator;
use super::vendor::{Protocol, Vendor};
use super::{doors, handler};

/// The largest body that any path accepts, in bytes.
const MAX_BODY: usize = 64 << 20;

/// Starts a simulator on a free port. `vendor` gets the simulator's own URL and its clock.
pub(crate) async fn start(
    token: Secret,
    protocol: Protocol,
    vendor: impl FnOnce(&str, Clock) -> io::Result<Box<dyn Vendor>>,
) -> io::Result<Simulator> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let url = format!("http://{}", listener.local_addr()?);
    let clock = Clock::default();
    let host =
        Arc::new(Host::new(vendor(&url, clock.clone())?, protocol, clock, ControlToken::random()?));
    let (started, handle) = oneshot::channel();
    let shared = Data::from(Arc::clone(&host));
    // Its own thread, so that the server outlives the runtime that a test started it from.
    std::thread::Builder::new()
        .name("sandbox".to_owned())
        .spawn(move || rt::System::new().block_on(serve(listener, shared, started)))?;
    let handle = handle.await.map_err(io::Error::other)??;
    Ok(Simulator::new(url, token, host, handle))
}

async fn serve(
    listener: TcpListener,
    host: Data<Host>,
    started: oneshot::Sender<io::Result<ServerHandle>>,
) {
    let app = move || {
        let guarded = Data::clone(&host);
        App::new()
            .wrap(from_fn(move |request, next| doors::guard(Data::clone(&guarded), request, next)))
            .app_data(Data::clone(&host))
            .app_data(web::PayloadConfig::new(MAX_BODY))
            .default_service(web::to(handler::handle))
    };
    let server = HttpServer::new(app)
        .workers(1)
        .disable_signals()
        .keep_alive(Duration::from_secs(75))
        .tcp_nodelay(true)
        // A request ends when its client disconnects, so that a hanging one does not stay.
        .h1_allow_half_closed(false)
        .listen(listener);
    match server.map(HttpServer::run) {
        Ok(server) => {
            if started.send(Ok(server.handle())).is_ok() {
                // The simulator was dropped; there is no one to report an error to.
                let _ = server.await;
            }
        }
        Err(error) => drop(started.send(Err(error))),
    }
}
