//! One connection of a client: its requests, one after the other.

mod client_connection;
mod command_kill;
mod engine_wait;
mod relay;

use std::collections::VecDeque;
use std::io;
use std::os::fd::OwnedFd;
use std::path::PathBuf;
use std::time::Duration;

use crate::engine::{
    Container, Engine, InspectedSubject, Trouble, await_start, inherited_json, inspect_subject,
    labels_of_image, running,
};
use crate::http::{Head, Method, Refusal, Reply, failure};
use crate::policy::{Action, StartWait, decide};
use crate::processes::may_signal;
use crate::resource_names::{Id, Marker};
use client_connection::Client;
use engine_wait::EngineWait;

/// The maximum number of created commands that are remembered with their marks.
const REMEMBERED: usize = 64;

/// The time by which the engine may end the answer about starts later than asked for.
const LATE: Duration = Duration::from_secs(30);

const REACHES_HOST: Refusal = Refusal {
    status: 403,
    message: "commands can't run in a container that is privileged or sees the host's processes",
};

/// The settings of a gate.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The socket of the engine.
    pub socket: PathBuf,
    /// The gate's version, for `GET /covibe/gate`.
    pub version: &'static str,
}

/// Serves one connection until the client closes it. `input` and `output` may be the same socket.
/// Both may be set to not block.
///
/// # Errors
/// Fails if the client can't be read or written.
pub fn serve(input: OwnedFd, output: OwnedFd, settings: &Settings) -> io::Result<()> {
    let client = Client::new(input, output)?;
    let engine = Engine::new(settings.socket.clone());
    let created = VecDeque::new();
    Session { client, engine, created, version: settings.version, is_over: false }.run()
}

struct Session {
    client: Client,
    engine: Engine,
    /// The commands that this connection created, with their marks.
    created: VecDeque<(Id, Marker)>,
    version: &'static str,
    /// True if the connection ends after the current request.
    is_over: bool,
}

impl Session {
    fn run(mut self) -> io::Result<()> {
        while !self.is_over {
            let (head, body) = match self.client.request()? {
                Ok(Some(request)) => request,
                Ok(None) => return Ok(()),
                Err(bad) => {
                    let reply = Reply::json(bad.status, &failure(bad.message), false, true);
                    return self.client.write(&reply).map_err(|_| client_gone());
                }
            };
            self.is_over = head.close;
            match self.answer(&head, &body) {
                Ok(()) => {}
                Err(Trouble::End) => return Ok(()),
                Err(Trouble::Refused(refusal)) => {
                    self.send_refusal(&head, &refusal).map_err(|_| client_gone())?;
                }
            }
        }
        Ok(())
    }

    fn answer(&mut self, head: &Head, body: &[u8]) -> Result<(), Trouble> {
        let call = decide(head, body)?;
        let wait = &mut EngineWait::for_client(&mut self.client);
        let looked = inspect_subject(&self.engine, &call.version, &call.subject, wait)?;
        match (call.action, looked) {
            (Action::Describe, _) => self.describe(),
            (Action::Show, InspectedSubject::Container(container)) => self.json(&container.text()?),
            (Action::Show, InspectedSubject::Command(command)) => self.json(&command.text),
            (Action::ListRunning, _) => self.list_running(&call.version),
            (Action::AwaitStart(starts), _) => self.await_start(&call.version, &starts),
            (Action::ShowInherited, InspectedSubject::Container(container)) => {
                self.show_inherited(&call.version, container)
            }
            (Action::End(marker), InspectedSubject::Command(command)) => {
                self.end_command(command, marker)
            }
            (Action::Forward(forward), looked)
                if looked.reaches_host() && forward.creates_command() =>
            {
                Err(REACHES_HOST.into())
            }
            (Action::Forward(forward), looked) => self.forward(head, &forward, &looked),
            (Action::Show | Action::ShowInherited | Action::End(_), _) => Err(Trouble::End),
        }
    }

    fn describe(&mut self) -> Result<(), Trouble> {
        let told = serde_json::json!({ "gate": self.version, "kill": may_signal() });
        self.json(told.to_string().as_bytes())
    }

    fn list_running(&mut self, version: &str) -> Result<(), Trouble> {
        let told = running(&self.engine, version, &mut EngineWait::for_client(&mut self.client))?;
        self.json(&told)
    }

    fn await_start(&mut self, version: &str, starts: &StartWait) -> Result<(), Trouble> {
        let patience = EngineWait::for_client(&mut self.client).bound_to_client(false);
        let mut wait = patience.with_timeout(starts.within + LATE);
        let told = await_start(&self.engine, version, starts, &mut wait)?;
        self.json(&told)
    }

    fn show_inherited(&mut self, version: &str, of: Container) -> Result<(), Trouble> {
        let wait = &mut EngineWait::for_client(&mut self.client);
        let (container, image) = labels_of_image(&self.engine, version, of, wait)?;
        self.json(&inherited_json(container, image))
    }

    fn json(&mut self, text: &[u8]) -> Result<(), Trouble> {
        self.client.write(&Reply::json(200, text, false, self.is_over))
    }

    fn send_refusal(&mut self, head: &Head, refusal: &Refusal) -> Result<(), Trouble> {
        let text = failure(refusal.message);
        let is_head = head.method == Method::Head;
        self.client.write(&Reply::json(refusal.status, &text, is_head, self.is_over))
    }

    /// Remembers the mark of a command that was created.
    fn remember(&mut self, id: Id, marker: Marker) {
        if self.created.len() == REMEMBERED {
            self.created.pop_front();
        }
        self.created.push_back((id, marker));
    }

    fn marker_of(&self, id: &Id) -> Option<Marker> {
        let known = self.created.iter().find(|(known, _)| known == id);
        known.map(|(_, marker)| marker.clone())
    }
}

fn client_gone() -> io::Error {
    io::Error::from(io::ErrorKind::BrokenPipe)
}
