//! The server in front of a world, composed as the binary composes it.

use std::net::TcpListener;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use covibe_dispatch::Dispatcher;
use covibe_domain::own_origins::Doors;
use covibe_http::{App, AuthMode, ConnectionLimits, Packages, Running};
use covibe_operation::cookbook::LazyCookbook;
use covibe_photos::Photos;
use covibe_testkit::{CallRate, Front, RunningFront};
use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;

/// The cookbook for the operations, which are the same for all processes.
static COOKBOOK: LazyLock<Arc<LazyCookbook>> = LazyLock::new(|| {
    let cookbook = || covibe_tools::cookbook(&covibe_tools::registry());
    Arc::new(LazyLock::new(Box::new(cookbook)))
});

/// Serves with these limits of connections.
pub(crate) struct Http(pub(crate) ConnectionLimits);

impl Default for Http {
    /// More requests of people, and without a key, than a server permits: tests make many.
    fn default() -> Self {
        let many = CallRate { per_second: 1_000_000, burst: 1_000_000 };
        Self(ConnectionLimits { keyless: many, person: many, ..ConnectionLimits::default() })
    }
}

impl Http {
    /// Serves a dispatcher, with the photos of people in a folder, and packages of the companion in `companion` beside it.
    pub(crate) fn run(
        &self,
        dispatcher: &Arc<Dispatcher>,
        listener: TcpListener,
        uploads: &Path,
    ) -> Running {
        let doors = Doors::new(["https://co-vibe.test"]).expect("an origin");
        let (dispatcher, cookbook) = (Arc::clone(dispatcher), Arc::clone(&COOKBOOK));
        let photos = Photos::new(uploads);
        let packages = Packages::at(uploads.with_file_name("companion"));
        let auth_mode = AuthMode::default();
        let app = App { dispatcher, cookbook, doors, auth_mode, photos, packages };
        covibe_http::serve(app, listener, 2, self.0.clone()).expect("a server")
    }
}

impl Front for Http {
    fn serve(
        &self,
        dispatcher: &Arc<Dispatcher>,
        listener: TcpListener,
        uploads: &Path,
    ) -> Box<dyn RunningFront> {
        Box::new(Serving(self.run(dispatcher, listener, uploads)))
    }
}

/// A server that runs.
struct Serving(Running);

impl RunningFront for Serving {
    fn stop(self: Box<Self>) -> BoxFuture<'static, ()> {
        self.0.stop().boxed()
    }
}
