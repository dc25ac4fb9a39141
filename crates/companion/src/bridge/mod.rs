//! `covibe-mcp`: MCP over standard input and output, passed on to `POST /api/mcp` message by message.
//!
//! It serves both kinds of protocol versions: those with a handshake, and those whose requests stand alone. The
//! server's answers are passed on unchanged, also progress and questions. A request is sent once, even if it fails:
//! only the agent knows whether it may be repeated.
//!
//! Whoever writes a configuration file in a repository chooses the arguments and the environment of this program, so
//! neither decides where a key goes: see [`Route`].

mod headers;
mod json_rpc_message;
mod message_exchange;
mod server_and_key;
mod sse;

use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufRead, AsyncWrite};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

pub use server_and_key::{BridgeOptions, Route, RouteOptions};

use crate::home::CompanionHome;
use json_rpc_message::{Incoming, read_line};
use message_exchange::{Exchange, Writer};

/// The maximum number of requests that are sent at once, and that wait besides.
const CONCURRENT: usize = 32;
const WAITING: usize = 256;

/// The time for the answers that are still expected when the agent has closed the input.
const LAST_ANSWERS: Duration = Duration::from_secs(5);

/// Passes messages on until the input ends.
///
/// # Errors
///
/// An error of the input or the output. Everything else is answered in band, because an agent shows that to its user.
pub async fn run<R, W>(
    home: &CompanionHome,
    options: &BridgeOptions,
    mut input: R,
    output: W,
) -> std::io::Result<()>
where
    R: AsyncBufRead + Unpin,
    W: AsyncWrite + Unpin + Send + 'static,
{
    let exchange = Arc::new(Exchange::new(home.clone(), options.clone(), Writer::new(output)));
    let room = Arc::new(Semaphore::new(CONCURRENT));
    let mut running = JoinSet::new();
    while let Some(line) = read_line(&mut input).await? {
        while running.try_join_next().is_some() {}
        let message = match Incoming::read(&line) {
            Ok(Some(message)) => message,
            Ok(None) => continue,
            Err(refusal) => {
                exchange.answer(&refusal).await?;
                continue;
            }
        };
        if running.len() >= WAITING {
            exchange.refuse(&message, "Too many requests are waiting for an answer.").await?;
            continue;
        }
        exchange.note_cancellation(&message);
        let (exchange, room) = (Arc::clone(&exchange), Arc::clone(&room));
        running.spawn(async move {
            let _place = room.acquire().await;
            exchange.pass_on(message).await
        });
    }
    let rest = async { while running.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(LAST_ANSWERS, rest).await;
    Ok(())
}
