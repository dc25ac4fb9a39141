//! A server of HTTP that answers each request by a function, and keeps the requests.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

type Handler = dyn Fn(&ReceivedRequest) -> Reply + Send + Sync;

pub(crate) struct Server {
    /// `http://` and its address.
    pub(crate) origin: String,
    seen: Arc<Mutex<Vec<ReceivedRequest>>>,
}

/// A request.
#[derive(Clone, Debug)]
pub(crate) struct ReceivedRequest {
    pub(crate) method: String,
    /// The path, with the query.
    pub(crate) path: String,
    head: String,
}

/// An answer.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    status: u16,
    headers: String,
    body: Body,
    /// A gate before the answer, which takes a permit of it.
    gate: Option<Arc<Semaphore>>,
}

#[derive(Clone, Debug)]
enum Body {
    Whole(Vec<u8>),
    /// It begins, and nothing follows.
    Stalled,
    /// It goes on for ever, in chunks.
    Endless,
    /// Not even a head comes.
    Never,
    /// The connection is closed instead.
    Closed,
}

impl Reply {
    pub(crate) fn new(status: u16, body: impl Into<Vec<u8>>) -> Self {
        Self::with_body(status, Body::Whole(body.into()))
    }

    pub(crate) fn with_stalled_body(status: u16) -> Self {
        Self::with_body(status, Body::Stalled)
    }

    pub(crate) fn endless(status: u16) -> Self {
        Self::with_body(status, Body::Endless)
    }

    pub(crate) fn without_answer() -> Self {
        Self::with_body(200, Body::Never)
    }

    pub(crate) fn closed_connection() -> Self {
        Self::with_body(200, Body::Closed)
    }

    pub(crate) fn redirect(status: u16, location: &str) -> Self {
        Self::new(status, "").header("location", location)
    }

    fn with_body(status: u16, body: Body) -> Self {
        Self { status, headers: String::new(), body, gate: None }
    }

    /// Returns the same answer, held until the gate has a permit for it.
    pub(crate) fn held_by(self, gate: &Arc<Semaphore>) -> Self {
        Self { gate: Some(Arc::clone(gate)), ..self }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers = format!("{}{name}: {value}\r\n", self.headers);
        self
    }
}

impl ReceivedRequest {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines
            .into_iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// Returns the origin of the server that was asked.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.header("host").unwrap())
    }
}

impl Server {
    pub(crate) async fn start(
        answer: impl Fn(&ReceivedRequest) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let origin = format!("http://{}", listener.local_addr().unwrap());
        let (seen, answer) =
            (Arc::default(), Arc::<Handler>::from(Box::new(answer) as Box<Handler>));
        let server = Self { origin, seen: Arc::clone(&seen) };
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&answer), Arc::clone(&seen)));
            }
        });
        server
    }

    /// Returns the requests so far.
    pub(crate) fn requests(&self) -> Vec<ReceivedRequest> {
        self.seen.lock().unwrap().clone()
    }

    /// Returns the methods and paths of the requests so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        self.requests().iter().map(|asked| format!("{} {}", asked.method, asked.path)).collect()
    }
}

async fn serve(
    mut stream: TcpStream,
    answer: Arc<Handler>,
    seen: Arc<Mutex<Vec<ReceivedRequest>>>,
) -> Option<()> {
    let asked = receive(&mut stream).await?;
    seen.lock().unwrap().push(asked.clone());
    let Reply { status, headers, body, gate } = answer(&asked);
    if let Some(gate) = gate {
        gate.acquire().await.ok()?.forget();
    }
    let framing = match &body {
        Body::Whole(body) => format!("content-length: {}", body.len()),
        Body::Stalled => "content-length: 100".to_owned(),
        Body::Endless => "transfer-encoding: chunked".to_owned(),
        Body::Never => return std::future::pending().await,
        Body::Closed => return None,
    };
    let head = format!("HTTP/1.1 {status} X\r\n{headers}connection: close\r\n{framing}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.ok()?;
    if asked.method != "HEAD" {
        send(&mut stream, body).await?;
    }
    stream.shutdown().await.ok()
}

async fn send(stream: &mut TcpStream, body: Body) -> Option<()> {
    match body {
        Body::Whole(body) => stream.write_all(&body).await.ok(),
        Body::Endless => loop {
            stream
                .write_all(format!("1000\r\n{}\r\n", " ".repeat(0x1000)).as_bytes())
                .await
                .ok()?;
        },
        Body::Stalled | Body::Never | Body::Closed => std::future::pending().await,
    }
}

async fn receive(stream: &mut TcpStream) -> Option<ReceivedRequest> {
    let mut bytes = Vec::new();
    while !bytes.ends_with(b"\r\n\r\n") {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    let head = String::from_utf8(bytes).ok()?;
    let mut words = head.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    Some(ReceivedRequest { method, path, head })
}
