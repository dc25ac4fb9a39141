//! One signed message over TCP, and the signed messages that answer it.

use std::ops::ControlFlow;
use std::time::{SystemTime, UNIX_EPOCH};

use covibe_upstream::{Cause, Effect, Error};
use hickory_proto::op::Message;
use hickory_proto::rr::TSigVerifier;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::client::UpdateServer;
use super::response_codes::{FailedExchange, check_signed, unsigned_failure};

/// The method of an update, the only one that changes anything.
pub(super) const UPDATE: &str = "UPDATE";

/// The maximum number of bytes of an answer, which may be many messages.
const BYTES: usize = 32 * 1024 * 1024;

/// The bit of a message that says that records were left out (RFC 1035), in its third byte.
const TRUNCATED: u8 = 0b10;

/// Sends a message and gives the messages of the answer to `take`, until that breaks.
///
/// Only messages with a valid signature are given to it.
pub(super) async fn exchange(
    client: &UpdateServer,
    method: &'static str,
    message: Message,
    take: impl FnMut(Message) -> ControlFlow<()>,
) -> Result<(), Error> {
    let error = |cause, effect| UpdateServer::error(method, cause, effect);
    let request = Signed::new(client, message).map_err(|cause| error(cause, Effect::None))?;
    let observed = client.observed.begin();
    let answered = attempt(client, request, take).await;
    let (answered, is_undone) = match answered {
        Ok(()) => (Ok(()), true),
        Err(FailedExchange { cause, is_undone }) => (Err(cause), is_undone),
    };
    observed.finish(&answered);
    let effect = if method == UPDATE && !is_undone { Effect::Possible } else { Effect::None };
    answered.map_err(|cause| error(cause, effect))
}

async fn attempt(
    client: &UpdateServer,
    request: Signed,
    take: impl FnMut(Message) -> ControlFlow<()>,
) -> Result<(), FailedExchange> {
    let unsent = |cause| FailedExchange { cause, is_undone: true };
    let connecting = timeout(client.timeout, TcpStream::connect(client.server)).await;
    let stream = match connecting {
        Ok(Ok(stream)) => stream,
        Ok(Err(_)) => return Err(unsent(Cause::Unreachable)),
        Err(_) => return Err(unsent(Cause::TimedOut)),
    };
    let talking = timeout(client.timeout, converse(stream, request, take)).await;
    talking.unwrap_or_else(|_| Err(Cause::TimedOut.into()))
}

/// A signed message, and the verifier of its answer.
struct Signed {
    id: u16,
    /// With its length before it.
    bytes: Vec<u8>,
    verifier: TSigVerifier,
}

impl Signed {
    fn new(client: &UpdateServer, mut message: Message) -> Result<Self, Cause> {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).map_err(|_| Cause::Malformed)?;
        let verifier = message.finalize(&client.signer, now.as_secs());
        let verifier = verifier.ok().flatten().ok_or(Cause::Malformed)?;
        let bytes = message.to_vec().map_err(|_| Cause::TooLarge)?;
        // The library leaves out records that do not fit: half an update must not be sent.
        let is_whole = bytes.get(2).is_some_and(|flags| flags & TRUNCATED == 0);
        let length = u16::try_from(bytes.len()).ok().filter(|_| is_whole);
        let length = length.ok_or(Cause::TooLarge)?;
        let bytes = [&length.to_be_bytes(), bytes.as_slice()].concat();
        Ok(Self { id: message.id, bytes, verifier })
    }
}

async fn converse(
    mut stream: TcpStream,
    mut request: Signed,
    mut take: impl FnMut(Message) -> ControlFlow<()>,
) -> Result<(), FailedExchange> {
    stream.write_all(&request.bytes).await.map_err(|_| Cause::Dropped)?;
    let mut arrived = 0;
    while arrived <= BYTES {
        let answer = receive(&mut stream).await.map_err(|_| Cause::Dropped)?;
        arrived += answer.len();
        let Ok(verified) = request.verifier.verify(&answer) else {
            return Err(unsigned_failure(&answer));
        };
        let answer = verified.into_message();
        if answer.id != request.id {
            return Err(Cause::Mistaken.into());
        }
        check_signed(&answer)?;
        if take(answer).is_break() {
            return Ok(());
        }
    }
    Err(Cause::TooLarge.into())
}

async fn receive(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let length = stream.read_u16().await?;
    let mut message = vec![0; length.into()];
    stream.read_exact(&mut message).await?;
    Ok(message)
}
