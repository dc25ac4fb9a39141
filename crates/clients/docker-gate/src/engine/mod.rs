//! The engine's socket: one connection for each request, so that no answer is taken for another's.

mod container_starts;
mod engine_answer;
mod inspection;
mod json_body;
mod labels;
mod reduced_answers;
mod running_containers;

use std::io::{self, Write as _};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

use rustix::net::sockopt::{Timeout, set_socket_timeout};
use rustix::net::{AddressFamily, SocketAddrUnix, SocketType, connect, socket};

pub(crate) use container_starts::await_start;
pub(crate) use engine_answer::{Exchange, Trouble, Wait};
pub(crate) use inspection::{
    Command, Container, InspectedSubject, inspect_command, inspect_subject, labels_of_image,
};
pub(crate) use labels::inherited_json;
pub(crate) use reduced_answers::{created, version, volumes};
pub(crate) use running_containers::running;

use crate::http::Refusal;

/// The timeout of connecting to the engine and of writing a request.
const ACCEPT: Duration = Duration::from_secs(30);

const UNREACHABLE: Refusal = Refusal {
    status: 502,
    message: "the Docker Engine can't be reached: is it running, and may this account use its socket?",
};

/// Docker's Engine behind its socket.
#[derive(Clone, Debug)]
pub(crate) struct Engine {
    socket: PathBuf,
}

impl Engine {
    pub(crate) fn new(socket: PathBuf) -> Self {
        Self { socket }
    }

    /// Sends a request, whose parts the gate built. A command's output is asked for as a raw stream.
    pub(crate) fn send(
        &self,
        method: &str,
        target: &str,
        body: Option<&str>,
        is_upgrade: bool,
    ) -> Result<Exchange, Refusal> {
        let connection =
            if is_upgrade { "Connection: Upgrade\r\nUpgrade: tcp" } else { "Connection: close" };
        let contents = match body {
            Some(body) => {
                let length = body.len();
                format!("Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}")
            }
            None if method == "POST" => "Content-Length: 0\r\n\r\n".to_owned(),
            None => "\r\n".to_owned(),
        };
        let text =
            format!("{method} {target} HTTP/1.1\r\nHost: docker\r\n{connection}\r\n{contents}");
        let sent = self.connect().and_then(|mut stream| {
            stream.write_all(text.as_bytes())?;
            Ok(stream)
        });
        sent.map(Exchange::new).map_err(|_| UNREACHABLE)
    }

    fn connect(&self) -> io::Result<UnixStream> {
        let stream = socket(AddressFamily::UNIX, SocketType::STREAM, None)?;
        set_socket_timeout(&stream, Timeout::Send, Some(ACCEPT))?;
        connect(&stream, &SocketAddrUnix::new(&self.socket)?)?;
        Ok(UnixStream::from(stream))
    }
}
