//! Sending one delivery over plain HTTP, because no receiver of a simulator has a certificate.

use std::io::{self, Read as _, Write as _};
use std::net::{TcpStream, ToSocketAddrs as _};
use std::time::Duration;

use url::Url;

/// The time within which a delivery must be answered: `[webhook] DELIVER_TIMEOUT`.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The maximum number of bytes of an answer that are read.
const ANSWER: u64 = 64 << 10;

/// Posts a body and returns the status of the answer.
pub(super) fn post(url: &Url, headers: &[(String, String)], body: &[u8]) -> io::Result<u16> {
    let refused = |why: &str| io::Error::new(io::ErrorKind::Unsupported, why);
    let host = url.host_str().filter(|_| url.scheme() == "http");
    let host = host.ok_or_else(|| refused("the simulator delivers to http addresses only"))?;
    let port = url.port_or_known_default().unwrap_or(80);
    let address = (host.trim_matches(['[', ']']), port).to_socket_addrs()?.next();
    let address = address.ok_or_else(|| refused("the host has no address"))?;
    let mut stream = TcpStream::connect_timeout(&address, TIMEOUT)?;
    stream.set_read_timeout(Some(TIMEOUT))?;
    stream.set_write_timeout(Some(TIMEOUT))?;
    let target = url
        .query()
        .map_or_else(|| url.path().to_owned(), |query| format!("{}?{query}", url.path()));
    let lines = headers.iter().map(|(name, value)| format!("{name}: {value}\r\n"));
    let lines: String = lines.collect();
    let length = body.len();
    let head = format!(
        "POST {target} HTTP/1.1\r\nHost: {host}:{port}\r\nUser-Agent: Go-http-client/1.1\r\n{lines}\
         Content-Length: {length}\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(body)?;
    let mut answer = Vec::new();
    stream.take(ANSWER).read_to_end(&mut answer)?;
    let status = answer.get(9..12).and_then(|digits| std::str::from_utf8(digits).ok());
    status.and_then(|digits| digits.parse().ok()).ok_or_else(|| refused("no answer of HTTP"))
}
