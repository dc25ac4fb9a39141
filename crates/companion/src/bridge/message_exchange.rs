//! One message: sent to the server, its answers passed on to the agent.

use std::collections::HashMap;
use std::io;
use std::sync::Mutex;
use std::time::Duration;

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use reqwest::{Method, Response};
use serde_json::Value;
use tokio::io::{AsyncWrite, AsyncWriteExt as _};
use tokio::sync::oneshot;
use tokio::time::timeout;

use super::headers::mcp_headers;
use super::json_rpc_message::{Incoming, error};
use super::server_and_key::{BridgeOptions, Route};
use super::sse::{Events, MAX_EVENT};
use crate::command_error::Problem;
use crate::home::CompanionHome;
use crate::hook::note_connection;
use crate::origin::Origin;
use crate::server::Server;

/// The path of the endpoint.
const PATH: &str = "/api/mcp";

/// The kinds of answers that are understood.
const JSON_OR_STREAM: HeaderValue = HeaderValue::from_static("application/json, text/event-stream");

/// The maximum time without a byte of an answer: a call may wait ten minutes for its outcome.
const SILENCE: Duration = Duration::from_mins(15);

/// The maximum length of a text of the server in an error, in characters.
const MAX_TEXT: usize = 2_000;

/// The code of an error that this program answers itself.
const REFUSED: i64 = -32000;

/// The output, which takes one message at a time.
pub(super) struct Writer {
    output: tokio::sync::Mutex<Box<dyn AsyncWrite + Unpin + Send>>,
}

impl Writer {
    pub(super) fn new(output: impl AsyncWrite + Unpin + Send + 'static) -> Self {
        Self { output: tokio::sync::Mutex::new(Box::new(output)) }
    }

    async fn write(&self, line: &str) -> io::Result<()> {
        let mut output = self.output.lock().await;
        output.write_all(line.as_bytes()).await?;
        output.write_all(b"\n").await?;
        output.flush().await
    }
}

/// The state that all messages of a bridge share.
pub(super) struct Exchange {
    home: CompanionHome,
    options: BridgeOptions,
    writer: Writer,
    server: Mutex<Option<Server>>,
    /// The version of the handshake.
    agreed: Mutex<Option<String>>,
    /// The ends of requests that the agent cancels, by their ids.
    cancels: Mutex<HashMap<String, oneshot::Sender<()>>>,
}

impl Exchange {
    pub(super) fn new(home: CompanionHome, options: BridgeOptions, writer: Writer) -> Self {
        Self {
            home,
            options,
            writer,
            server: Mutex::default(),
            agreed: Mutex::default(),
            cancels: Mutex::default(),
        }
    }

    /// Writes a message to the agent.
    pub(super) async fn answer(&self, message: &Value) -> io::Result<()> {
        self.writer.write(&message.to_string()).await
    }

    /// Answers a request with an error; a notification gets no answer.
    pub(super) async fn refuse(&self, message: &Incoming, text: &str) -> io::Result<()> {
        match &message.id {
            Some(id) => self.answer(&error(id, REFUSED, text)).await,
            None => Ok(()),
        }
    }

    /// Ends the request that a message cancels.
    pub(super) fn note_cancellation(&self, message: &Incoming) {
        if message.has_method("notifications/cancelled") {
            let id = message.value["params"]["requestId"].to_string();
            if let Some(cancel) = lock(&self.cancels).remove(&id) {
                // The request may have ended a moment ago.
                let _ = cancel.send(());
            }
        }
    }

    /// Sends a message, and passes on what the server answers.
    pub(super) async fn pass_on(&self, message: Incoming) -> io::Result<()> {
        let cancelled = message.id.as_ref().map(|id| {
            let (cancel, cancelled) = oneshot::channel();
            lock(&self.cancels).insert(id.to_string(), cancel);
            cancelled
        });
        let outcome = match cancelled {
            Some(cancelled) => tokio::select! {
                outcome = self.exchange(&message) => outcome,
                // A dropped sender means that another request has the same id.
                Ok(()) = cancelled => Ok(()),
            },
            None => self.exchange(&message).await,
        };
        if let Some(id) = &message.id {
            lock(&self.cancels).remove(&id.to_string());
        }
        match outcome {
            Ok(()) => Ok(()),
            Err(problem) => self.refuse(&message, &one_line(&problem)).await,
        }
    }

    async fn exchange(&self, message: &Incoming) -> Result<(), Problem> {
        let route = Route::find(&self.home, self.options.agent, &self.options.route)?;
        let server = self.server(&route.origin)?;
        if message.has_method("initialize") || message.has_method("server/discover") {
            self.note_folder(&route.origin);
        }
        let agreed = lock(&self.agreed).clone();
        let request = server.stream(Method::POST, PATH, Some(&route.key))?;
        let request = request
            .headers(mcp_headers(message, agreed.as_deref()))
            .header(CONTENT_TYPE, "application/json")
            .header(ACCEPT, JSON_OR_STREAM)
            .body(message.value.to_string());
        let sent = timeout(SILENCE, request.send()).await.map_err(|_| silent(&route.origin))?;
        let answer = sent.map_err(|_| unreachable(&route.origin))?;
        match answer.status().as_u16() {
            401 => Err(self.unauthorized(&route)),
            status => self.receive(message, answer, status, &route.origin).await,
        }
    }

    /// Returns the client for a server, which keeps its connections.
    fn server(&self, origin: &Origin) -> Result<Server, Problem> {
        let mut server = lock(&self.server);
        if let Some(server) = server.as_ref().filter(|server| server.origin() == origin) {
            return Ok(server.clone());
        }
        let new = Server::new(origin.clone())?;
        *server = Some(new.clone());
        Ok(new)
    }

    /// Notes that the agent works in its folder with this server, so that the activity there goes to that server.
    fn note_folder(&self, origin: &Origin) {
        if let Some(folder) = &self.options.folder {
            note_connection(&self.home, self.options.agent.as_str(), folder, origin);
        }
    }

    fn unauthorized(&self, route: &Route) -> Problem {
        let (origin, source) = (&route.origin, route.source.as_str());
        Problem::failure(format!(
            "{origin} refuses the key of {}: it is revoked or expired (from {source}).",
            self.options.agent.title()
        ))
        .hint(format!("Run `covibe-local login --base-url {origin}`."))
    }

    async fn receive(
        &self,
        message: &Incoming,
        answer: Response,
        status: u16,
        origin: &Origin,
    ) -> Result<(), Problem> {
        let kind = answer.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        if kind.is_some_and(|kind| kind.starts_with("text/event-stream")) {
            return self.receive_stream(message, answer, origin).await;
        }
        let body = collect(answer, origin).await?;
        if message.id.is_none() {
            return Ok(());
        }
        let value: Value = serde_json::from_slice(&body).unwrap_or_default();
        if value.get("jsonrpc").is_some() {
            return self.deliver(message, value).await;
        }
        Err(refusal(origin, status, &value))
    }

    async fn receive_stream(
        &self,
        message: &Incoming,
        mut answer: Response,
        origin: &Origin,
    ) -> Result<(), Problem> {
        let mut events = Events::default();
        loop {
            let piece = timeout(SILENCE, answer.chunk()).await.map_err(|_| silent(origin))?;
            let Some(piece) = piece.map_err(|_| broken(origin))? else { break };
            for event in events.push(&piece).map_err(|_| too_large(origin))? {
                let value: Value = serde_json::from_str(&event).map_err(|_| broken(origin))?;
                let is_last = message.id.is_some()
                    && value.get("id") == message.id.as_ref()
                    && value.get("method").is_none();
                self.deliver(message, value).await?;
                if is_last {
                    return Ok(());
                }
            }
        }
        if message.id.is_some() { Err(broken(origin)) } else { Ok(()) }
    }

    /// Passes a message of the server on, and notes the version that a handshake agreed on.
    async fn deliver(&self, message: &Incoming, value: Value) -> Result<(), Problem> {
        if message.has_method("initialize")
            && let Some(version) = value["result"]["protocolVersion"].as_str()
        {
            *lock(&self.agreed) = Some(version.to_owned());
        }
        let written = self.answer(&value).await;
        written.map_err(|_| Problem::failure("The agent has stopped reading answers."))
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

async fn collect(mut answer: Response, origin: &Origin) -> Result<Vec<u8>, Problem> {
    let mut body = Vec::new();
    loop {
        let piece = timeout(SILENCE, answer.chunk()).await.map_err(|_| silent(origin))?;
        let Some(piece) = piece.map_err(|_| broken(origin))? else { return Ok(body) };
        if body.len() + piece.len() > MAX_EVENT {
            return Err(too_large(origin));
        }
        body.extend_from_slice(&piece);
    }
}

/// Returns the error for an answer that is not a message: a refusal of the server, or of a proxy before it.
fn refusal(origin: &Origin, status: u16, value: &Value) -> Problem {
    let text = |name: &str| {
        let text = value.get(name).and_then(Value::as_str)?;
        Some(covibe_domain::names::displayable(text, MAX_TEXT))
    };
    if (300..400).contains(&status) {
        return Problem::failure(format!(
            "{origin} redirects to another address, to which no key is sent."
        ))
        .hint(format!("Run `covibe-local doctor --base-url {origin}`."));
    }
    let Some(message) = text("error") else {
        return Problem::failure(format!(
            "{origin} answers with status {status} and without an MCP message."
        ))
        .hint(format!("Run `covibe-local doctor --base-url {origin}`."));
    };
    let problem = Problem::failure(message);
    match text("hint") {
        Some(hint) => problem.hint(hint),
        None => problem,
    }
}

fn unreachable(origin: &Origin) -> Problem {
    Problem::failure(format!(
        "{origin} cannot be reached. The request may have been carried out if it was sent."
    ))
    .hint(format!("Run `covibe-local doctor --base-url {origin}`."))
}

fn broken(origin: &Origin) -> Problem {
    Problem::failure(format!(
        "{origin} closed the connection before the end of its answer. The request may have been carried out."
    ))
    .hint("Check the state before you repeat the request.")
}

fn silent(origin: &Origin) -> Problem {
    Problem::failure(format!("{origin} did not answer within {} minutes.", SILENCE.as_secs() / 60))
        .hint("Check the state before you repeat the request.")
}

fn too_large(origin: &Origin) -> Problem {
    Problem::failure(format!("{origin} returned an answer of more than {MAX_EVENT} bytes."))
}

/// Returns a problem with its hint as one text.
fn one_line(problem: &Problem) -> String {
    match &problem.hint {
        Some(hint) => format!("{} Hint: {hint}", problem.message),
        None => problem.message.clone(),
    }
}
