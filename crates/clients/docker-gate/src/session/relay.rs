//! Passes requests on, and answers back.

use std::time::{Duration, Instant};

use super::Session;
use super::command_kill;
use super::engine_wait::EngineWait;
use crate::engine::{Command, Exchange, InspectedSubject, Trouble, created, version, volumes};
use crate::http::{AnswerHead, Framing, Head, Refusal, Reply, chunk};
use crate::policy::{AnswerHandling, Forward};

/// The maximum number of bytes that are read of an answer which is reduced.
const REDUCED: usize = 32 << 20;

/// The longest time that a command may run. Its client ends it earlier; this is for one that is
/// frozen.
const LONGEST: Duration = Duration::from_mins(30);

const STRANGE: Refusal = Refusal::forbidden("this command was not created through the gate");
const FAILED: Refusal = Refusal { status: 502, message: "the Docker Engine failed" };

impl Session {
    pub(super) fn forward(
        &mut self,
        head: &Head,
        forward: &Forward,
        looked: &InspectedSubject,
    ) -> Result<(), Trouble> {
        if let InspectedSubject::Command(command) = looked {
            return self.run_command(head, forward, command);
        }
        let Forward { method, target, body, patience, .. } = forward;
        let mut exchange = self.engine.send(method, target, body.as_deref(), false)?;
        let answer =
            exchange.head(&mut EngineWait::for_client(&mut self.client).with_timeout(*patience))?;
        match (&forward.answered, answer.status) {
            (_, 101) => Err(FAILED.into()),
            (AnswerHandling::Version, 200) => self.reduce(exchange, *patience, version),
            (AnswerHandling::Volumes, 200) => self.reduce(exchange, *patience, volumes),
            (AnswerHandling::Created(marker), 201) => {
                let wait = &mut EngineWait::for_client(&mut self.client);
                let text = exchange.read_whole(wait, REDUCED)?;
                let id = created(&text).ok_or(FAILED)?;
                self.remember(id, marker.clone());
                self.client.write(&Reply::json(201, &text, false, self.is_over))
            }
            _ => self.stream(exchange, &answer, *patience),
        }
    }

    /// Answers with a part of the engine's answer.
    fn reduce(
        &mut self,
        mut exchange: Exchange,
        patience: Duration,
        reduce: fn(&[u8]) -> Option<Vec<u8>>,
    ) -> Result<(), Trouble> {
        let wait = &mut EngineWait::for_client(&mut self.client).with_timeout(patience);
        let text = exchange.read_whole(wait, REDUCED)?;
        self.json(&reduce(&text).ok_or(FAILED)?)
    }

    /// Passes an answer on piece by piece. If it breaks off, so does the connection: the client has
    /// no other way to notice.
    fn stream(
        &mut self,
        mut exchange: Exchange,
        answer: &AnswerHead,
        patience: Duration,
    ) -> Result<(), Trouble> {
        if answer.framing == Framing::None {
            let head = Reply::Empty.head(answer.status, &answer.headers, self.is_over);
            return self.client.write(&head);
        }
        let head = Reply::Chunked.head(answer.status, &answer.headers, self.is_over);
        self.client.write(&head)?;
        loop {
            let wait = &mut EngineWait::for_client(&mut self.client).with_timeout(patience);
            match exchange.piece(wait).map_err(|_| Trouble::End)? {
                Some(piece) => self.client.write(&chunk(&piece))?,
                None => return self.client.write(&chunk(b"")),
            }
        }
    }

    /// Starts a command and passes its output on. If nobody is reading it, the command is ended.
    fn run_command(
        &mut self,
        head: &Head,
        forward: &Forward,
        command: &Command,
    ) -> Result<(), Trouble> {
        if command.is_strange {
            return Err(STRANGE.into());
        }
        let body = forward.body.as_deref();
        let exchange = self.engine.send(forward.method, &forward.target, body, true)?;
        let outcome = self.output(head, exchange);
        if outcome.is_err() {
            let marker = self.marker_of(&command.id);
            // Nobody is left who could get the failure.
            let _seen = command_kill::end_started(&self.engine, &command.id, marker.as_ref());
        }
        outcome
    }

    fn output(&mut self, head: &Head, mut exchange: Exchange) -> Result<(), Trouble> {
        let deadline = Instant::now() + LONGEST;
        let answer =
            exchange.head(&mut EngineWait::for_client(&mut self.client).bound_to_client(false))?;
        if !matches!(answer.status, 101 | 200) {
            return self.stream(exchange, &answer, Duration::from_mins(1));
        }
        let is_raw = head.upgrade && answer.status == 101;
        self.is_over |= is_raw;
        let reply = if is_raw {
            Reply::Raw.head(101, &answer.headers, false)
        } else {
            Reply::Chunked.head(200, &answer.headers, self.is_over)
        };
        self.client.write(&reply)?;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return Err(Trouble::End);
            }
            let mut wait =
                EngineWait::for_client(&mut self.client).with_timeout(left).bound_to_client(is_raw);
            match exchange.piece(&mut wait).map_err(|_| Trouble::End)? {
                Some(piece) if is_raw => self.client.write(&piece)?,
                Some(piece) => self.client.write(&chunk(&piece))?,
                None if is_raw => return Ok(()),
                None => return self.client.write(&chunk(b"")),
            }
        }
    }
}
