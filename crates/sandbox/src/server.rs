//! The HTTP server below every simulator: one thread of its own, one worker, on loopback.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::web::{self, Bytes, Data};
use actix_web::{App, HttpRequest, HttpResponse, HttpServer, rt};
use covibe_domain::Secret;
use futures_util::stream;
use tokio::sync::oneshot;

use crate::control;
use crate::faults::{Armed, Fault, Name};
use crate::record::{Log, Recorded};
use crate::wire::{self, Body, Reply, Request};

/// The longest body that is taken.
const MAX_BODY: usize = 8 << 20;

/// What [`Name::Huge`] answers: so many chunks of 64 KiB.
const HUGE_CHUNKS: usize = 1_024;

/// Something that a simulator keeps, for a test's look into its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing {
    /// Coolify's projects, by name.
    Projects,
    /// Coolify's applications, by name.
    Applications,
    /// Coolify's databases, by name.
    Databases,
    /// Coolify's services, by name.
    Services,
    /// Coolify's deployments, by uuid.
    Deployments,
    /// Coolify's private keys, by name.
    PrivateKeys,
    /// The docker volumes of databases and services, by name; they may outlive their resource.
    Volumes,
    /// Gitea's users, by login.
    Users,
    /// Gitea's organisations, by name.
    Organisations,
    /// Gitea's repositories, by full name.
    Repositories,
    /// Gitea's access tokens, as `user/name`.
    Tokens,
    /// Gitea's SSH keys, as `user/title`.
    SshKeys,
}

/// What one simulator adds to the server.
pub(crate) trait Vendor: Send {
    /// Serves a request; what it changes is changed when this returns.
    fn answer(&mut self, request: &Request) -> Reply;
    /// The vendor's own way to fail with that status.
    fn refusal(&self, status: u16) -> Reply;
    /// The names of what is there.
    fn names(&self, thing: Thing) -> Vec<String>;
}

/// What the server's thread and the simulator's owner share.
pub(crate) struct Host {
    vendor: Mutex<Box<dyn Vendor>>,
    armed: Mutex<Armed>,
    log: Mutex<Log>,
}

fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Host {
    pub(crate) fn arm(&self, fault: Fault) {
        lock(&self.armed).arm(fault);
    }

    pub(crate) fn disarm(&self) {
        lock(&self.armed).disarm();
    }

    pub(crate) fn requests(&self) -> Vec<Recorded> {
        lock(&self.log).all()
    }

    pub(crate) fn clear_requests(&self) {
        lock(&self.log).clear();
    }
}

/// A running simulator; it stops when this is dropped.
pub struct Simulator {
    /// `http://127.0.0.1:PORT`, without a path.
    pub url: String,
    /// The token that may do everything.
    pub token: Secret,
    host: Arc<Host>,
    handle: ServerHandle,
}

impl Simulator {
    /// Arms a fault for the next requests that it meets.
    pub fn arm(&self, fault: Fault) {
        self.host.arm(fault);
    }

    /// Disarms every fault.
    pub fn disarm(&self) {
        self.host.disarm();
    }

    /// The last 5,000 requests, oldest first.
    pub fn requests(&self) -> Vec<Recorded> {
        self.host.requests()
    }

    /// Forgets the requests so far.
    pub fn clear_requests(&self) {
        self.host.clear_requests();
    }

    /// The names of what is there, oldest first; empty for things of another vendor.
    pub fn names(&self, thing: Thing) -> Vec<String> {
        lock(&self.host.vendor).names(thing)
    }

    /// How many of them there are.
    pub fn count(&self, thing: Thing) -> usize {
        self.names(thing).len()
    }
}

impl Drop for Simulator {
    fn drop(&mut self) {
        // The command is sent by the call; the future only waits for its end.
        drop(self.handle.stop(false));
    }
}

/// Starts a server for what `vendor` makes of the server's own address.
pub(crate) async fn start(
    token: Secret,
    vendor: impl FnOnce(&str) -> Box<dyn Vendor>,
) -> io::Result<Simulator> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let url = format!("http://{}", listener.local_addr()?);
    let host = Arc::new(Host {
        vendor: Mutex::new(vendor(&url)),
        armed: Mutex::default(),
        log: Mutex::default(),
    });
    let (started, handle) = oneshot::channel();
    let shared = Data::from(Arc::clone(&host));
    // A thread of its own: the server outlives the runtime that a test started it from.
    std::thread::Builder::new()
        .name("sandbox".to_owned())
        .spawn(move || rt::System::new().block_on(serve(listener, shared, started)))?;
    let handle = handle.await.map_err(io::Error::other)??;
    Ok(Simulator { url, token, host, handle })
}

async fn serve(
    listener: TcpListener,
    host: Data<Host>,
    started: oneshot::Sender<io::Result<ServerHandle>>,
) {
    let app = move || {
        App::new()
            .app_data(Data::clone(&host))
            .app_data(web::PayloadConfig::new(MAX_BODY))
            .default_service(web::to(handle))
    };
    let server = HttpServer::new(app)
        .workers(1)
        .disable_signals()
        .keep_alive(Duration::from_secs(75))
        .tcp_nodelay(true)
        // A client that leaves ends its request, so that a hanging one does not stay.
        .h1_allow_half_closed(false)
        .listen(listener);
    match server.map(HttpServer::run) {
        Ok(server) => {
            if started.send(Ok(server.handle())).is_ok() {
                // Its end is the owner's doing; there is nobody to tell of a failure then.
                let _ = server.await;
            }
        }
        Err(error) => drop(started.send(Err(error))),
    }
}

async fn handle(http: HttpRequest, body: Bytes, host: Data<Host>) -> HttpResponse {
    let request = request(&http, &body);
    if request.path.starts_with(control::PREFIX) {
        return respond(control::answer(&host, &request));
    }
    let number = lock(&host.log).push(request.recorded());
    let fault = lock(&host.armed).take(&request.method, &request.path);
    let response = match fault {
        None => respond(lock(&host.vendor).answer(&request)),
        Some(fault) => fail(&host, &request, &fault).await,
    };
    if response.headers().get(DROPPED).is_none() {
        lock(&host.log).answered(number, response.status().as_u16());
    }
    response
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
        says_json: header("content-type").is_some_and(|kind| kind.contains("json")),
        body: body.to_vec(),
    }
}

async fn fail(host: &Host, request: &Request, fault: &Fault) -> HttpResponse {
    if !fault.wait().is_zero() {
        rt::time::sleep(fault.wait()).await;
    }
    let served = fault.name.has_effect().then(|| lock(&host.vendor).answer(request));
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
        (Name::Huge, _) => {
            let chunk = Bytes::from(vec![b' '; 1 << 16]);
            let chunks =
                stream::iter((0..HUGE_CHUNKS).map(move |_| Ok::<_, io::Error>(chunk.clone())));
            HttpResponse::Ok().content_type("application/json").streaming(chunks)
        }
        (Name::Hang, _) => std::future::pending().await,
        _ => dropped(),
    }
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
        Body::Json(value) => response.json(value),
        Body::Text(text) => response.content_type("text/html; charset=UTF-8").body(text),
        Body::Empty => response.finish(),
    }
}
