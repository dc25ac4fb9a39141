//! A throwaway HTTP server that answers with pages and their files.

use std::collections::HashMap;
use std::sync::Arc;

use covibe_console::{CONTENT_SECURITY_POLICY, Markup, assets, paths};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// The pages by path.
pub(crate) type Pages = HashMap<String, String>;

/// Serves these pages until the test ends, and returns the origin.
pub(crate) async fn serve(pages: impl IntoIterator<Item = (&'static str, Markup)>) -> String {
    let pages = pages.into_iter().map(|(name, page)| (format!("/{name}"), page.into_string()));
    let pages: Arc<Pages> = Arc::new(pages.collect());
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(answer(stream, Arc::clone(&pages)));
        }
    });
    format!("http://{address}")
}

/// Answers one request. A form that is sent anywhere leads to a page that says where.
async fn answer(mut stream: TcpStream, pages: Arc<Pages>) -> std::io::Result<()> {
    let (reader, mut writer) = stream.split();
    let mut lines = BufReader::new(reader).lines();
    let first = lines.next_line().await?.unwrap_or_default();
    while lines.next_line().await?.is_some_and(|line| !line.is_empty()) {}
    let mut words = first.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let path = target.split('?').next().unwrap_or_default();
    let (media_type, content) = match (method, path.strip_prefix("/assets/").and_then(assets::find))
    {
        (_, Some(asset)) => (asset.media_type, asset.content.to_owned()),
        ("POST", None) => {
            ("text/html; charset=utf-8", format!("<title>sent</title><p id=sent>{path}</p>"))
        }
        (_, None) if path.ends_with("/log") => ("text/event-stream", LOG.to_owned()),
        (_, None) if path == paths::SETUP => ("text/event-stream", STEP.to_owned()),
        (_, None) => ("text/html; charset=utf-8", pages.get(path).cloned().unwrap_or_default()),
    };
    let status = if content.is_empty() { "404 Not Found" } else { "200 OK" };
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-type: {media_type}\r\ncontent-length: {}\r\nconnection: close\r\n\
         content-security-policy: {CONTENT_SECURITY_POLICY}\r\nx-content-type-options: nosniff\r\n\r\n",
        content.len()
    );
    writer.write_all(head.as_bytes()).await?;
    writer.write_all(content.as_bytes()).await?;
    writer.shutdown().await
}

/// A step of the run that sets a workspace up.
const STEP: &str =
    "event: step\ndata: {\"step\":\"Gitea organisation\",\"done\":1,\"total\":15}\n\n";

/// A log that grows once and ends.
const LOG: &str = "event: log\ndata: {\"logs\":\"1/2 Building\"}\n\n\
                   event: log\ndata: {\"logs\":\"1/2 Building\\n2/2 Starting <b>\"}\n\n\
                   event: end\ndata: {\"status\":\"finished\"}\n\n";
