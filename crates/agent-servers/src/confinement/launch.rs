//! Starts a command from a thread of its own.

use std::io;
use std::thread;

use tokio::process::{Child, Command};
use tokio::runtime::Handle;
use tokio::sync::oneshot;

use super::command_termination::{end_process_tree, start};

/// Starts a command after `enter`, both on a new thread: what `enter` does to its thread, the command inherits.
pub(super) async fn in_thread(
    mut command: Command,
    mark: String,
    enter: impl FnOnce() -> io::Result<()> + Send + 'static,
) -> io::Result<Child> {
    let runtime = Handle::current();
    let (sender, receiver) = oneshot::channel();
    thread::Builder::new().name("command-start".to_owned()).spawn(move || {
        let _entered = runtime.enter();
        let started = enter().and_then(|()| start(&mut command, mark)).map(|it| Started(Some(it)));
        // Without a receiver, the value ends the command.
        let _ = sender.send(started);
    })?;
    let started = receiver.await.map_err(|_| io::Error::other("the thread ended"))??;
    started.into_child()
}

/// A command that nobody has yet: it is ended with this value.
struct Started(Option<Child>);

impl Started {
    fn into_child(mut self) -> io::Result<Child> {
        self.0.take().ok_or_else(|| io::Error::other("the command was handed over before"))
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        if let Some(leader) = self.0.as_ref().and_then(Child::id) {
            end_process_tree(leader);
        }
    }
}
