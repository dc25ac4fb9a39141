//! Renamed things, which Gitea answers with a redirect, and pages that are shorter than asked for.

use std::sync::{Arc, Mutex};

use covibe_domain::Secret;
use covibe_gitea::{Client, Config};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

/// Starts a server that answers each request with the next of these, and returns the requests too.
async fn start_scripted(answers: Vec<String>) -> (Client, Arc<Mutex<Vec<String>>>) {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let asked = Arc::new(Mutex::new(Vec::new()));
    let heard = Arc::clone(&asked);
    tokio::spawn(async move {
        for answer in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut bytes = vec![0; 4096];
            let length = stream.read(&mut bytes).await.unwrap();
            let line = String::from_utf8_lossy(&bytes[..length]).lines().next().unwrap().to_owned();
            heard.lock().unwrap().push(line);
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    let client =
        Client::new(Config::new(address.parse().unwrap(), "root", Secret::new("a"))).unwrap();
    (client, asked)
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\n{headers}content-length: {length}\r\n\r\n{body}"
    )
}

#[tokio::test]
async fn the_redirect_of_a_renamed_repository_is_not_followed() {
    let redirect =
        answer("301 Moved Permanently", "location: /api/v1/repos/vibn-other/site\r\n", "");
    let (client, asked) = start_scripted(vec![redirect]).await;
    assert!(client.repo("vibn-mark", "site").await.unwrap().is_none());
    assert_eq!(asked.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn an_answer_about_another_repository_counts_as_not_found() {
    let other = answer("200 OK", "", r#"{"name":"site","full_name":"vibn-other/site"}"#);
    let (client, _) = start_scripted(vec![other]).await;
    assert!(client.repo("vibn-mark", "site").await.unwrap().is_none());
}

#[tokio::test]
async fn a_list_ends_at_its_total_count_or_at_an_empty_page() {
    let page = |headers, ids: &[u8]| {
        let items: Vec<_> = ids.iter().map(|id| format!(r#"{{"id":{id}}}"#)).collect();
        answer("200 OK", headers, &format!("[{}]", items.join(",")))
    };
    let (client, asked) = start_scripted(vec![
        page("x-total-count: 3\r\n", &[1, 2]),
        page("x-total-count: 3\r\n", &[3]),
    ])
    .await;
    assert_eq!(client.keys("mark-bot").await.unwrap().len(), 3);
    assert!(asked.lock().unwrap()[1].contains("page=2"));
    let (client, asked) =
        start_scripted(vec![page("", &[1, 2]), page("", &[3]), page("", &[])]).await;
    assert_eq!(client.keys("mark-bot").await.unwrap().len(), 3);
    assert_eq!(asked.lock().unwrap().len(), 3);
}
