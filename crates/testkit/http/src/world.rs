//! A world whose agents call it over HTTP.

use std::ops::{Deref, DerefMut};
use std::sync::Arc;

use covibe_domain::{Secret, boxed};
use covibe_http::ConnectionLimits;
use covibe_testkit::Options;

use crate::http_server::Http;

/// A whole server in this process, over simulated upstreams.
pub struct World(covibe_testkit::World);

impl World {
    /// Starts a world; `None` where it needs a PostgreSQL and there is none.
    #[boxed]
    pub async fn start(options: Options) -> Option<Self> {
        let world = covibe_testkit::World::start_behind(Arc::new(Http::default()), options);
        world.await.map(Self)
    }

    /// Starts a world with these limits of connections.
    ///
    /// # Panics
    /// Panics if it needs a PostgreSQL and there is none.
    #[boxed]
    pub async fn with_connections(limits: ConnectionLimits, options: Options) -> Self {
        let world = covibe_testkit::World::start_behind(Arc::new(Http(limits)), options);
        Self(world.await.expect("SQLite is built in"))
    }

    /// A world on SQLite.
    #[boxed]
    pub async fn embedded() -> Self {
        Self::start(Options::default()).await.expect("SQLite is built in")
    }

    /// Returns the same world, still behind HTTP, as the tests of operations have it.
    pub fn into_inner(self) -> covibe_testkit::World {
        self.0
    }

    /// Stops the server and waits until everything is written.
    pub async fn stop(self) {
        self.0.stop().await;
    }

    /// Returns the path of the link by which the first person signs up.
    ///
    /// # Panics
    /// Panics if somebody has.
    pub async fn first_run(&self) -> String {
        let token: Option<Secret> = self.identity.offer_ownership().await.expect("an answer");
        format!("/auth/first-run/{}", token.expect("nobody has signed up").expose())
    }
}

impl Deref for World {
    type Target = covibe_testkit::World;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for World {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}
