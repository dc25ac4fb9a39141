//! Parties that share a host: the calls of one that hang leave sessions to others.

use covibe_docker_host::{DockerHost, Settings};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc;

use crate::fixture::uuid;

const VERSION: &str = r#"{"Version":"28.5.1","ApiVersion":"1.51"}"#;

/// Serves an engine without volumes that never answers a call for containers, and reports each of these.
async fn serve(listener: UnixListener, hanging: mpsc::UnboundedSender<()>) {
    while let Ok((stream, _)) = listener.accept().await {
        tokio::spawn(answer(stream, hanging.clone()));
    }
}

async fn answer(stream: UnixStream, hanging: mpsc::UnboundedSender<()>) -> std::io::Result<()> {
    let (read, mut write) = stream.into_split();
    let mut lines = BufReader::new(read).lines();
    let mut request = String::new();
    while let Some(line) = lines.next_line().await? {
        if request.is_empty() {
            request = line;
        } else if line.is_empty() {
            let body = match request.as_str() {
                asked if asked.contains("/version ") => VERSION,
                asked if asked.contains("/volumes") => "{}",
                _ => {
                    let _ = hanging.send(());
                    std::future::pending().await
                }
            };
            let head = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len());
            write.write_all(format!("{head}{body}").as_bytes()).await?;
            request.clear();
        }
    }
    Ok(())
}

#[tokio::test]
async fn calls_of_a_party_that_hang_leave_sessions_to_others() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("docker.sock");
    let (hanging, mut hangs) = mpsc::unbounded_channel();
    tokio::spawn(serve(UnixListener::bind(&socket).unwrap(), hanging));
    let address = format!("unix://{}", socket.display()).parse().unwrap();
    let host = DockerHost::new(Settings::new(address)).unwrap();
    let mut own = tokio::task::JoinSet::new();
    for _ in 0..10 {
        let host = host.for_party("one");
        own.spawn(async move { host.containers(&uuid()).await });
    }
    for _ in 0..4 {
        hangs.recv().await.unwrap();
    }
    let other = host.for_party("other");
    assert_eq!(other.volumes(&uuid()).await, Ok(vec![]));
    assert!(hangs.try_recv().is_err(), "the others wait for these");
    assert_eq!(host.in_background().volumes(&uuid()).await, Ok(vec![]));
}
