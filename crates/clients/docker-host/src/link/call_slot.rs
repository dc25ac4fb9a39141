//! The right to make calls, one after the other.

use std::sync::Arc;
use std::time::Duration;

use hyper::Method;
use tokio::time::timeout;

use super::call_queue::{Lane, Place};
use super::engine_link::Link;
use super::engine_version::{self, Greeting};
use crate::engine_http::{Call, Connection, EngineAnswer, Open, Query};
use crate::error::{Error, Result};

/// A place among the calls that are made at once, with the connection that it used last.
pub(crate) struct Slot {
    link: Arc<Link>,
    kept: Option<Connection>,
    _place: Place,
}

impl Link {
    /// Waits in a lane for the right to make calls, one after the other.
    pub(crate) async fn slot(self: &Arc<Self>, lane: &Lane) -> Result<Slot> {
        let place = self.queues.wait(lane, self.settings.call_timeout).await?;
        Ok(Slot::new(Arc::clone(self), place))
    }
}

impl Slot {
    fn new(link: Arc<Link>, place: Place) -> Self {
        Self { link, kept: None, _place: place }
    }

    /// Makes a call and reads its whole answer.
    pub(crate) async fn call(&mut self, call: Call) -> Result<EngineAnswer> {
        let prefix = self.greeting().await?.prefix;
        let answer = Box::pin(self.exchange(&call, &prefix)).await;
        if matches!(answer, Ok(EngineAnswer { status: 400, .. }) | Err(Error::Lost)) {
            // The engine may have been replaced by one that speaks another version.
            self.link.forget_greeting().await;
        }
        answer
    }

    /// Makes a call and returns its answer before the body is read.
    pub(crate) async fn open(&mut self, call: &Call) -> Result<Open> {
        let prefix = self.greeting().await?.prefix;
        Box::pin(self.send_request(call, &prefix)).await
    }

    /// Keeps the connection of an answer that was read to its end.
    pub(crate) fn keep(&mut self, open: Open) {
        self.kept = Some(open.into_connection());
    }

    /// Asks the engine for its versions again.
    pub(crate) async fn ask_again(&mut self) -> Result<Greeting> {
        self.link.forget_greeting().await;
        self.greeting().await
    }

    /// Returns the engine's versions, asking once.
    async fn greeting(&mut self) -> Result<Greeting> {
        let link = Arc::clone(&self.link);
        let mut known = link.greeting.lock().await;
        if let Some(greeting) = &*known {
            return Ok(greeting.clone());
        }
        let call = Call::get("/version", &Query::default()).without_version();
        let wire: engine_version::Wire = Box::pin(self.exchange(&call, "")).await?.json()?;
        let greeting = Greeting::try_from(wire)?;
        *known = Some(greeting.clone());
        Ok(greeting)
    }

    async fn exchange(&mut self, call: &Call, prefix: &str) -> Result<EngineAnswer> {
        let open = self.send_request(call, prefix).await?;
        let (answer, connection) = self.within(call.extra, open.read_whole(call.limit)).await?;
        self.kept = Some(connection);
        Ok(answer)
    }

    /// Sends the request. A kept connection may have been closed meanwhile: then a new one is opened,
    /// unless the request may have arrived and changes something.
    async fn send_request(&mut self, call: &Call, prefix: &str) -> Result<Open> {
        while let Some(connection) = self.kept.take().or_else(|| self.link.pool.take()) {
            if !connection.is_usable() {
                continue;
            }
            let sent = async { Ok(connection.open(call, prefix).await) };
            match self.within(call.extra, sent).await? {
                Ok(open) => return Ok(open),
                Err(failed) if failed.was_sent && call.method != Method::GET => {
                    return Err(failed.error);
                }
                Err(_) => {}
            }
        }
        let connection = Box::pin(self.link.connect()).await?;
        let sent = async { connection.open(call, prefix).await.map_err(|failed| failed.error) };
        self.within(call.extra, sent).await
    }

    /// Bounds the time of an exchange. A connection without an answer may be frozen, and is
    /// replaced.
    async fn within<T>(&self, extra: Duration, work: impl Future<Output = Result<T>>) -> Result<T> {
        let Ok(done) = timeout(self.link.call_timeout() + extra, work).await else {
            self.link.give_up().await;
            return Err(Error::TimedOut);
        };
        done
    }
}

impl Drop for Slot {
    fn drop(&mut self) {
        if let Some(connection) = self.kept.take() {
            self.link.pool.keep(connection);
        }
    }
}
