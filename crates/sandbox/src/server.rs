//! The HTTP server below every simulator: one thread of its own, one worker, on loopback.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix_web::dev::ServerHandle;
use actix_web::web::{self, Data};
use actix_web::{App, HttpServer, rt};
use covibe_domain::Secret;
use tempfile::TempDir;
use tokio::sync::oneshot;

use crate::clock::Clock;
use crate::faults::{Armed, Fault};
use crate::handle;
use crate::hold::Held;
use crate::record::{Answered, Log, Recorded};
use crate::wire::{Reply, Request};

/// The longest body that any path takes: a push.
const MAX_PUSH: usize = 64 << 20;

/// Something that a simulator keeps, for a test's look into its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Thing {
    /// Coolify's projects, by name; the same name as often as there are such projects.
    Projects,
    /// Coolify's environments, as `project's uuid/name`.
    Environments,
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
    pub(crate) vendor: Mutex<Box<dyn Vendor>>,
    pub(crate) armed: Mutex<Armed>,
    pub(crate) log: Mutex<Log>,
    pub(crate) latency: Mutex<Duration>,
    pub(crate) held: Mutex<Vec<Held>>,
    pub(crate) clock: Clock,
}

/// The lock, whatever became of who held it before.
pub(crate) fn lock<T: ?Sized>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
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
    pub(crate) host: Arc<Host>,
    handle: ServerHandle,
    /// The vendor's files, which go when the simulator does.
    pub(crate) directory: Option<TempDir>,
}

impl Simulator {
    /// The same with a directory that lives as long as it.
    pub(crate) fn with_directory(mut self, directory: TempDir) -> Self {
        self.directory = Some(directory);
        self
    }

    /// Makes every request from now on wait that long before it is served, faults or not.
    pub fn set_latency(&self, latency: Duration) {
        *lock(&self.host.latency) = latency;
    }

    /// Moves the simulator's clock forward, so that what takes time there (deployments, starts,
    /// deletions) is that much further.
    ///
    /// Latency and the delays of faults are not affected.
    pub fn advance(&self, by: Duration) {
        self.host.clock.advance(by);
    }

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

    /// Keeps what the vendor answers from now on, the last 5,000 answers.
    pub fn keep_answers(&self) {
        lock(&self.host.log).keep_answers();
    }

    /// The answers since then or since the last such call, oldest first.
    pub fn take_answers(&self) -> Vec<Answered> {
        lock(&self.host.log).take_answers()
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
    clock: Clock,
    vendor: impl FnOnce(&str) -> io::Result<Box<dyn Vendor>>,
) -> io::Result<Simulator> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let url = format!("http://{}", listener.local_addr()?);
    let host = Arc::new(Host {
        vendor: Mutex::new(vendor(&url)?),
        armed: Mutex::default(),
        log: Mutex::default(),
        latency: Mutex::default(),
        held: Mutex::default(),
        clock,
    });
    let (started, handle) = oneshot::channel();
    let shared = Data::from(Arc::clone(&host));
    // A thread of its own: the server outlives the runtime that a test started it from.
    std::thread::Builder::new()
        .name("sandbox".to_owned())
        .spawn(move || rt::System::new().block_on(serve(listener, shared, started)))?;
    let handle = handle.await.map_err(io::Error::other)??;
    Ok(Simulator { url, token, host, handle, directory: None })
}

async fn serve(
    listener: TcpListener,
    host: Data<Host>,
    started: oneshot::Sender<io::Result<ServerHandle>>,
) {
    let app = move || {
        App::new()
            .app_data(Data::clone(&host))
            .app_data(web::PayloadConfig::new(MAX_PUSH))
            .default_service(web::to(handle::handle))
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
