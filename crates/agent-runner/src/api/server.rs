//! The listener.

use std::any::Any;
use std::io;
use std::net::TcpListener;
use std::time::Duration;

use actix_web::dev::{Extensions, ServerHandle};
use actix_web::rt::net::TcpStream;
use actix_web::web::{Data, to};
use actix_web::{App, HttpServer, middleware};
use covibe_domain::{Secret, boxed};
use tokio::task::JoinHandle;

use super::event_stream::Streams;
use super::request_checks::{self, Rules};
use super::routes::{self, Api};
use crate::runner::Runner;

/// The number of threads that answer.
const WORKERS: usize = 2;

/// The maximum number of connections of a thread.
const MAX_CONNECTIONS: usize = 256;

/// The time that answers may continue once the server stops, in seconds.
const STOP_WITHIN: u64 = 2;

/// A server that answers.
#[derive(Debug)]
pub struct Serving {
    handle: ServerHandle,
    ended: JoinHandle<io::Result<()>>,
}

impl Serving {
    /// Stops. Jobs go on, and a runner that is started later takes them over.
    #[boxed]
    pub async fn stop(self) {
        self.handle.stop(true).await;
        let _ended = self.ended.await;
    }
}

/// Answers callers with this token on this listener until [`Serving::stop`] is called. Requires a Tokio runtime.
///
/// # Errors
///
/// The listener cannot be used.
pub fn serve(runner: Runner, token: Secret, listener: TcpListener) -> io::Result<Serving> {
    let is_loopback = listener.local_addr()?.ip().is_loopback();
    let api = Api::new(runner.clone(), token.clone());
    let rules = Rules { is_loopback, token };
    let (runner, streams) = (Data::new(runner), Data::new(Streams::default()));
    let server = HttpServer::new(move || {
        let rules = rules.clone();
        App::new()
            .app_data(Data::new(api.clone()))
            .app_data(runner.clone())
            .app_data(streams.clone())
            .wrap(middleware::from_fn(move |request, next| {
                request_checks::guard(rules.clone(), request, next)
            }))
            .configure(routes::routes)
            .default_service(to(routes::nowhere))
    });
    let server = server
        .on_connect(note_local_address)
        .workers(WORKERS)
        .max_connections(MAX_CONNECTIONS)
        .client_request_timeout(Duration::from_secs(5))
        .shutdown_timeout(STOP_WITHIN)
        .disable_signals()
        .listen(listener)?
        .run();
    Ok(Serving { handle: server.handle(), ended: tokio::spawn(server) })
}

/// Notes the address at which a caller has reached the runner, which is in the proof for that caller.
fn note_local_address(connection: &dyn Any, data: &mut Extensions) {
    let stream = connection.downcast_ref::<TcpStream>();
    if let Some(address) = stream.and_then(|stream| stream.local_addr().ok()) {
        data.insert(address);
    }
}
