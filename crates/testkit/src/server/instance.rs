//! A further server of a world, with its own runtime and listener.

use std::net::TcpListener;
use std::thread;

use covibe_http::Running;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use super::member::Member;
use super::parts::serve;
use super::process::Process;
use super::world::World;
use crate::agent::Agent;

/// A whole server that runs on its own runtime.
pub struct Instance {
    /// `http://127.0.0.1:PORT`.
    pub origin: String,
    /// Its parts.
    pub process: Process,
    runtime: Option<Runtime>,
    _running: Running,
}

impl World {
    /// Starts another instance of this world's server, which shares only the database and the
    /// upstreams with the first one.
    ///
    /// Requires a multi-threaded runtime.
    pub fn instance(&self) -> Instance {
        let runtime = Runtime::new().expect("a runtime");
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let origin = format!("http://{}", listener.local_addr().expect("an address"));
        let start = || {
            runtime.block_on(async {
                let process = self.process().await;
                let running = serve(&process.dispatcher, &listener, &self.common);
                (process, running)
            })
        };
        // A thread of one runtime must not block on another one.
        let started = tokio::task::block_in_place(|| {
            thread::scope(|scope| scope.spawn(start).join().expect("no panic"))
        });
        let (process, running) = started;
        Instance { origin, process, runtime: Some(runtime), _running: running }
    }
}

impl Instance {
    /// Returns an agent with the member's key that calls this instance.
    pub fn agent(&self, of: &Member) -> Agent {
        Agent::new(&self.origin, &of.agent.slug, of.agent.key.clone())
    }

    /// Spawns work on the instance's runtime, which is aborted when the instance is killed.
    pub fn spawn<T: Send + 'static>(
        &self,
        work: impl Future<Output = T> + Send + 'static,
    ) -> JoinHandle<T> {
        self.runtime.as_ref().expect("it lives").spawn(work)
    }

    /// Kills the instance: its tasks are aborted and write nothing more.
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
