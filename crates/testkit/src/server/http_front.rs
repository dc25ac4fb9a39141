//! Serves the calls of a world over HTTP. The worlds of most tests have no front: their agents call the dispatcher.

use std::net::TcpListener;
use std::path::Path;
use std::sync::Arc;

use covibe_dispatch::Dispatcher;
use futures_util::future::BoxFuture;

/// Serves the calls of a world over HTTP.
pub trait Front: Send + Sync {
    /// Serves a dispatcher, with the photos of people in a folder, until the result is stopped.
    fn serve(
        &self,
        dispatcher: &Arc<Dispatcher>,
        listener: TcpListener,
        uploads: &Path,
    ) -> Box<dyn RunningFront>;
}

/// A server that serves a world.
pub trait RunningFront: Send + Sync {
    /// Stops it as soon as the running calls have ended.
    fn stop(self: Box<Self>) -> BoxFuture<'static, ()>;
}

/// The port at which a world is served, and the server behind it.
pub(super) struct Endpoint {
    front: Arc<dyn Front>,
    /// Kept over a restart, so that nobody else takes the port.
    listener: TcpListener,
    served: Option<Box<dyn RunningFront>>,
}

impl Endpoint {
    /// Takes a free port, at which nothing is served yet.
    pub(super) fn new(front: Arc<dyn Front>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        Self { front, listener, served: None }
    }

    /// Returns `http://127.0.0.1:PORT`.
    pub(super) fn origin(&self) -> String {
        format!("http://{}", self.listener.local_addr().expect("an address"))
    }

    /// Serves this dispatcher instead of the one before.
    pub(super) async fn serve(&mut self, dispatcher: &Arc<Dispatcher>, uploads: &Path) {
        self.stop().await;
        let listener = self.listener.try_clone().expect("the same port");
        self.served = Some(self.front.serve(dispatcher, listener, uploads));
    }

    /// Stops serving.
    pub(super) async fn stop(&mut self) {
        if let Some(served) = self.served.take() {
            served.stop().await;
        }
    }
}
