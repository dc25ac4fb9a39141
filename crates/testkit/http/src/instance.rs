//! A further server of a world, with its own runtime and listener.

use std::net::TcpListener;
use std::ops::Deref;

use covibe_http::Running;
use covibe_testkit::{Agent, Member};

use crate::http_server::Http;
use crate::world::World;

/// A whole server that runs on its own runtime.
pub struct Instance {
    /// `http://127.0.0.1:PORT`.
    pub origin: String,
    inner: covibe_testkit::Instance,
    _running: Running,
}

impl World {
    /// Starts another instance of this world's server, which shares only the database and the
    /// upstreams with the first one.
    ///
    /// Requires a multi-threaded runtime.
    pub fn instance(&self) -> Instance {
        let instance = covibe_testkit::World::instance(self);
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let dispatcher = &instance.process.dispatcher;
        let serve = async { Http::default().run(dispatcher, listener, self.uploads()) };
        let running = instance.block_on(serve);
        Instance { origin, inner: instance, _running: running }
    }
}

impl Instance {
    /// Returns an agent with the member's key that calls this instance.
    pub fn agent(&self, of: &Member) -> Agent {
        Agent::new(&self.origin, &of.agent.slug, of.agent.key.clone())
    }

    /// Kills the instance: its tasks are aborted and write nothing more.
    pub fn kill(self) {
        self.inner.kill();
    }
}

impl Deref for Instance {
    type Target = covibe_testkit::Instance;

    fn deref(&self) -> &Self::Target {
        &self.inner
    }
}
