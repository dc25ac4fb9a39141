//! Questions to the name servers of a zone.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use hickory_proto::op::{Message, Query};
use hickory_proto::rr::{Name, RecordType};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{sleep, timeout};

/// The time within which a provider's name servers must serve a change. Cloud DNS takes a minute at
/// most.
const SERVED: Duration = Duration::from_mins(3);

/// The timeout of a question.
const ANSWERED: Duration = Duration::from_secs(10);

const PAUSE: Duration = Duration::from_secs(1);

/// Waits until a name server answers that a host has exactly this address.
pub(super) async fn leads_to(server: &str, host: &str, address: &str) -> Result<()> {
    let until = Instant::now() + SERVED;
    loop {
        let told = match timeout(ANSWERED, ask(server, host)).await {
            Ok(Ok(told)) if told == [address] => return Ok(()),
            Ok(Ok(told)) => format!("it answers {told:?}"),
            Ok(Err(error)) => format!("{error:#}"),
            Err(_) => "it does not answer in time".to_owned(),
        };
        if Instant::now() >= until {
            bail!("{server} does not resolve {host} to {address}: {told}");
        }
        sleep(PAUSE).await;
    }
}

/// Returns the addresses that a name server has for a host. `server` is a name or an address and a port.
async fn ask(server: &str, host: &str) -> Result<Vec<String>> {
    let address = lookup_host(server).await?.next().context("the name server has no address")?;
    let message = exchange(address, &question(host)?).await?;
    let answers = message.answers.iter().filter(|record| record.record_type() == RecordType::A);
    Ok(answers.map(|record| record.data.to_string()).collect())
}

fn question(host: &str) -> Result<Vec<u8>> {
    let mut question = Message::query();
    question.add_query(Query::query(Name::from_ascii(format!("{host}."))?, RecordType::A));
    Ok(question.to_vec()?)
}

/// Sends a question over TCP, whose answers are not cut.
async fn exchange(server: SocketAddr, question: &[u8]) -> Result<Message> {
    let mut stream = TcpStream::connect(server).await?;
    stream.write_u16(question.len().try_into()?).await?;
    stream.write_all(question).await?;
    let mut answer = vec![0; stream.read_u16().await?.into()];
    stream.read_exact(&mut answer).await?;
    Ok(Message::from_vec(&answer)?)
}
