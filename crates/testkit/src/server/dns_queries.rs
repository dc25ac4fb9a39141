//! Questions to a DNS server.

use std::net::SocketAddr;

use covibe_domain::boxed;
use hickory_proto::op::{Message, Query};
use hickory_proto::rr::{Name, RecordType};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Returns the data of a name's records of a type, such as `A`, as a server answers over TCP.
#[boxed]
pub async fn ask(server: SocketAddr, name: &str, kind: &str) -> Vec<String> {
    let kind: RecordType = kind.parse().expect("a type");
    let mut question = Message::query();
    let name = Name::from_ascii(format!("{name}.")).expect("a name");
    question.add_query(Query::query(name, kind));
    let question = question.to_vec().expect("a message");
    let mut stream = TcpStream::connect(server).await.expect("a DNS server");
    stream.write_u16(question.len().try_into().expect("a length")).await.expect("a connection");
    stream.write_all(&question).await.expect("a connection");
    let length = stream.read_u16().await.expect("an answer");
    let mut answer = vec![0; length.into()];
    stream.read_exact(&mut answer).await.expect("an answer");
    let answer = Message::from_vec(&answer).expect("a message");
    let records = answer.answers.iter().filter(|record| record.record_type() == kind);
    let mut data: Vec<_> = records.map(|record| record.data.to_string()).collect();
    data.sort();
    data
}
