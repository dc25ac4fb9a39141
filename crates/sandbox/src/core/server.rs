//! The HTTP server of a simulator: a thread of its own with one worker, on loopback or on a socket.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
#[cfg(unix)]
use std::os::unix::net::UnixListener;
use std::path::Path;
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
use super::shared_state::Host;
use super::simulator::Simulator;
use super::vendor_interface::{Protocol, Vendor};
use super::{access_checks, request_handler};

/// The largest body that any path accepts, in bytes.
const MAX_BODY: usize = 64 << 20;

/// Starts a simulator on a free port. `vendor` gets the simulator's own URL and its clock; it may block.
pub(crate) async fn start(
    token: Secret,
    protocol: Protocol,
    vendor: impl FnOnce(&str, Clock) -> io::Result<Box<dyn Vendor>> + Send + 'static,
) -> io::Result<Simulator> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let url = format!("http://{}", listener.local_addr()?);
    let clock = Clock::default();
    let (own_url, own_clock) = (url.clone(), clock.clone());
    let vendor = tokio::task::spawn_blocking(move || vendor(&own_url, own_clock)).await;
    let vendor = vendor.map_err(io::Error::other)??;
    let host = Host::new(vendor, protocol, clock, ControlToken::random()?);
    run(Listener::Port(listener), url, token, host).await
}

/// Starts a simulator on a socket, which only this user can connect to if the socket's directory is private. An
/// existing socket is replaced.
///
/// # Errors
/// The socket cannot be created; the system may not support sockets.
pub(crate) async fn start_on_socket(
    socket: &Path,
    protocol: Protocol,
    clock: Clock,
    vendor: Box<dyn Vendor>,
) -> io::Result<Simulator> {
    let host = Host::new(vendor, protocol, clock, ControlToken::random()?);
    let listener = listener_at(socket)?;
    let url = format!("unix://{}", socket.display());
    run(listener, url, Secret::new(String::new()), host).await
}

/// Listens on a socket that only its owner can connect to.
#[cfg(unix)]
fn listener_at(socket: &Path) -> io::Result<Listener> {
    use std::fs;
    use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
    if fs::symlink_metadata(socket).is_ok_and(|present| present.file_type().is_socket()) {
        fs::remove_file(socket)?;
    }
    let listener = UnixListener::bind(socket)?;
    fs::set_permissions(socket, fs::Permissions::from_mode(0o600))?;
    Ok(Listener::Socket(listener))
}

#[cfg(not(unix))]
fn listener_at(_: &Path) -> io::Result<Listener> {
    Err(io::ErrorKind::Unsupported.into())
}

/// The port or socket on which a simulator listens.
enum Listener {
    Port(TcpListener),
    #[cfg(unix)]
    Socket(UnixListener),
}

async fn run(listener: Listener, url: String, token: Secret, host: Host) -> io::Result<Simulator> {
    let host = Arc::new(host);
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
    listener: Listener,
    host: Data<Host>,
    started: oneshot::Sender<io::Result<ServerHandle>>,
) {
    // The permissions of a socket's file decide who connects, and clients name any host there.
    let is_open = matches!(listener, Listener::Port(_));
    let app = move || {
        let guarded = Data::clone(&host);
        App::new()
            .wrap(from_fn(move |request, next| {
                access_checks::guard(Data::clone(&guarded), is_open, request, next)
            }))
            .app_data(Data::clone(&host))
            .app_data(web::PayloadConfig::new(MAX_BODY))
            .default_service(web::to(request_handler::handle))
    };
    let server = HttpServer::new(app)
        .workers(1)
        .disable_signals()
        .keep_alive(Duration::from_secs(75))
        .tcp_nodelay(true)
        // A request ends when its client disconnects, so that a hanging one does not stay. Clients of a
        // socket close their side of a connection that they only read from.
        .h1_allow_half_closed(!is_open);
    let server = match listener {
        Listener::Port(listener) => server.listen(listener),
        #[cfg(unix)]
        Listener::Socket(listener) => server.listen_uds(listener),
    };
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
