//! The listener of the metrics. It needs no key, so it answers one request on a connection, few at a time,
//! and within seconds.

mod request;

use std::io;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{sleep, timeout};

use self::request::Form;
pub use self::request::Hosts;
use crate::metrics::Metrics;

/// The number of connections that are answered at a time; further ones are closed.
const CONNECTIONS: usize = 8;

/// The longest time of a connection from its beginning to the end of the answer.
const DEADLINE: Duration = Duration::from_secs(5);

/// The longest head of a request, in bytes.
const HEAD: usize = 8 * 1024;

/// The pause after a connection could not be accepted, for example without a free descriptor.
const PAUSE: Duration = Duration::from_millis(100);

/// The path of the metrics.
const PATH: &str = "/metrics";

/// The answer to a request by a host that is not known, or of a page in a browser.
const UNKNOWN_HOST: &str = "The metrics are not served under this host name, or to web pages: use the server's \
                            address, or list the name in COVIBE_METRICS_HOSTS.";

/// The form of all other answers.
const PLAIN: &str = "text/plain; charset=utf-8";

/// Answers `GET /metrics` on this listener for ever, by the known hosts. Requires a Tokio runtime.
pub async fn serve(listener: TcpListener, metrics: Metrics, hosts: Hosts) {
    let (served, places) = (Arc::new((metrics, hosts)), Arc::new(Semaphore::new(CONNECTIONS)));
    loop {
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "a connection for metrics was not accepted");
                sleep(PAUSE).await;
                continue;
            }
        };
        let Ok(place) = Arc::clone(&places).try_acquire_owned() else { continue };
        let served = Arc::clone(&served);
        tokio::spawn(async move {
            let (metrics, hosts) = &*served;
            // A client that is too slow or leaves gets no answer.
            let _ended = timeout(DEADLINE, exchange(stream, metrics, hosts)).await;
            drop(place);
        });
    }
}

/// Answers the request on a connection.
async fn exchange(mut stream: TcpStream, metrics: &Metrics, hosts: &Hosts) -> io::Result<()> {
    let answer = match head(&mut stream).await? {
        Some(head) if !hosts.admit(&head) => plain_answer("403 Forbidden", UNKNOWN_HOST),
        Some(head) => match refusal(&head) {
            Some(refusal) => refusal,
            None => metrics_answer(&head, metrics.page().await),
        },
        None => plain_answer("431 Request Header Fields Too Large", "The request is too long."),
    };
    stream.write_all(answer.as_bytes()).await?;
    stream.shutdown().await
}

/// Returns the head of a request; `None` if it is too long.
async fn head(stream: &mut TcpStream) -> io::Result<Option<String>> {
    let mut head = Vec::new();
    let mut piece = [0; 1024];
    while !head.windows(4).any(|bytes| bytes == b"\r\n\r\n") {
        let read = stream.read(&mut piece).await?;
        if read == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        head.extend_from_slice(piece.get(..read).unwrap_or_default());
        if head.len() > HEAD {
            return Ok(None);
        }
    }
    Ok(Some(String::from_utf8_lossy(&head).into_owned()))
}

/// Returns the answer to a request with this head that does not ask for the metrics.
fn refusal(head: &str) -> Option<String> {
    let mut words = head.lines().next().unwrap_or_default().split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    if !words.next().is_some_and(|version| version.starts_with("HTTP/1.")) {
        return Some(plain_answer("400 Bad Request", "This is not HTTP/1."));
    }
    let path = target.split('?').next().unwrap_or_default();
    match (method, path) {
        ("GET", PATH) => None,
        (_, PATH) => Some(plain_answer("405 Method Not Allowed", "Only GET is answered.")),
        _ => Some(plain_answer("404 Not Found", "Only /metrics is served here.")),
    }
}

/// Returns the answer with the metrics, in the form that the request asks for.
fn metrics_answer(head: &str, page: String) -> String {
    let form = Form::from_request(head);
    response("200 OK", form.media_type(), &form.write_page(page))
}

fn plain_answer(status: &str, text: &str) -> String {
    response(status, PLAIN, &format!("{text}\n"))
}

fn response(status: &str, form: &str, body: &str) -> String {
    let allow = if status.starts_with("405") { "Allow: GET\r\n" } else { "" };
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: {form}\r\nContent-Length: {length}\r\n{allow}\
         Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n\r\n{body}"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(head: &str) -> String {
        let head = format!("{head}\r\nHost: x\r\n\r\n");
        let answer = refusal(&head).unwrap_or_else(|| metrics_answer(&head, "page".to_owned()));
        answer.lines().next().unwrap().to_owned()
    }

    #[test]
    fn only_get_requests_for_metrics_are_answered_200() {
        for fine in ["GET /metrics HTTP/1.1", "GET /metrics?x=1 HTTP/1.0"] {
            assert_eq!(status(fine), "HTTP/1.1 200 OK", "{fine}");
        }
        for (refused, code) in [
            ("POST /metrics HTTP/1.1", "405"),
            ("HEAD /metrics HTTP/1.1", "405"),
            ("GET / HTTP/1.1", "404"),
            ("GET /metrics/ HTTP/1.1", "404"),
            ("GET http://elsewhere/metrics HTTP/1.1", "404"),
            ("GET /metrics", "400"),
            ("GET /metrics HTTP/2.0", "400"),
            ("", "400"),
        ] {
            assert!(status(refused).contains(code), "{refused}: {}", status(refused));
        }
    }

    #[test]
    fn an_answer_states_the_length_of_its_body() {
        let answer = metrics_answer("GET /metrics HTTP/1.1\r\n\r\n", "a_total 1\n".to_owned());
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.contains("Content-Length: 10\r\n"), "{head}");
        assert_eq!(body, "a_total 1\n");
    }
}
