//! Another server of a world: on a runtime of its own, behind a listener of its own.

use std::net::TcpListener;
use std::thread;

use covibe_http::Running;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use crate::agent::Agent;
use crate::process::Process;
use crate::world::{Member, World, serve};

/// A whole server. All that it has runs on its own runtime.
pub struct Instance {
    /// `http://127.0.0.1:PORT`.
    pub origin: String,
    /// What it consists of.
    pub process: Process,
    runtime: Option<Runtime>,
    _running: Running,
}

impl World {
    /// Another instance of this world's server, which shares nothing with the first but the
    /// database and the upstreams.
    ///
    /// Needs a runtime of several threads.
    pub fn instance(&self) -> Instance {
        let runtime = Runtime::new().expect("a runtime");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let start = || {
            runtime.block_on(async {
                let process = self.process().await;
                let running = serve(&process.dispatcher, &listener);
                (process, running)
            })
        };
        // A runtime can't be waited for on a thread of another one.
        let started = tokio::task::block_in_place(|| {
            thread::scope(|scope| scope.spawn(start).join().expect("no panic"))
        });
        let (process, running) = started;
        Instance { origin, process, runtime: Some(runtime), _running: running }
    }
}

impl Instance {
    /// The member's agent, for calls to this instance.
    pub fn agent(&self, of: &Member) -> Agent {
        Agent::new(&self.origin, &of.agent.slug, of.agent.key.clone())
    }

    /// Does something on its runtime, as long as it lives.
    pub fn spawn<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        self.runtime.as_ref().expect("it lives").spawn(work)
    }

    /// Ends it as a kill does: what it was doing is broken off where it is, and nothing is written
    /// any more.
    pub fn kill(mut self) {
        self.shut_down();
    }

    fn shut_down(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.shut_down();
    }
}
