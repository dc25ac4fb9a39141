//! A further server of a world, with its own runtime.

use std::thread;

use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use super::process::Process;
use super::workspaces_and_agents::Member;
use super::world::World;
use crate::agent::{Agent, InProcess};

/// A server that runs on its own runtime.
pub struct Instance {
    /// Its parts.
    pub process: Process,
    in_process: InProcess,
    runtime: Option<Runtime>,
}

impl World {
    /// Does what a server does daily about clone keys.
    pub async fn look_after_clone_keys(&self) {
        covibe_workspace::Platform::look_after_clone_keys(&self.platform).await.expect("a look");
    }

    /// Starts another instance of this world's server, which shares only the database and the
    /// upstreams with the first one.
    ///
    /// Requires a multi-threaded runtime.
    pub fn instance(&self) -> Instance {
        let runtime = Runtime::new().expect("a runtime");
        let process = run_blocking(&runtime, self.process());
        let in_process = InProcess::new(&process.dispatcher).on_runtime(runtime.handle().clone());
        Instance { process, in_process, runtime: Some(runtime) }
    }
}

/// Runs a future on a runtime, and blocks the caller's thread.
fn run_blocking<T: Send>(runtime: &Runtime, future: impl Future<Output = T> + Send) -> T {
    // A thread of one runtime must not block on another one.
    tokio::task::block_in_place(|| {
        thread::scope(|scope| scope.spawn(|| runtime.block_on(future)).join().expect("no panic"))
    })
}

impl Instance {
    /// Returns an agent with the member's key that calls this instance without HTTP.
    pub fn agent(&self, of: &Member) -> Agent {
        let (origin, slug, key) = (&of.agent.origin, &of.agent.slug, of.agent.key.clone());
        Agent::calling(Some(&self.in_process), origin, slug, key)
    }

    /// Runs a future on the instance's runtime, and blocks the caller's thread.
    ///
    /// Requires a multi-threaded runtime.
    pub fn block_on<T: Send>(&self, future: impl Future<Output = T> + Send) -> T {
        run_blocking(self.runtime.as_ref().expect("it lives"), future)
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
