//! The part of a body that is received before anybody takes it.

use super::*;

fn head(path: &str, framing: &str) -> String {
    format!("POST {path} HTTP/1.1\r\nHost: a\r\n{framing}\r\n\r\n")
}

#[tokio::test(start_paused = true)]
async fn a_body_that_no_handler_reads_is_not_received() {
    for framing in ["Content-Length: 1000000", "Transfer-Encoding: chunked"] {
        with_client(|mut client| async move {
            client.send(&head("/slow", framing)).await;
            let (mut sent, chunk) = (0, format!("400\r\n{}\r\n", "x".repeat(1024)));
            let mut flood = async || {
                loop {
                    client.stream.write_all(chunk.as_bytes()).await.unwrap();
                    sent += chunk.len();
                }
            };
            let _elapsed = tokio::time::timeout(SECOND, flood()).await;
            // What is in the buffer of the stream, and what was read at once.
            assert!((8 * 1024..24 * 1024).contains(&sent), "{framing}: {sent}");
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_read_arrives_whole_and_the_connection_stays_open() {
    let content = "x".repeat(200_000);
    let chunks = format!("61a8\r\n{}\r\n", "x".repeat(25_000)).repeat(8) + "0\r\n\r\n";
    for (framing, body) in
        [("Content-Length: 200000", content), ("Transfer-Encoding: chunked", chunks)]
    {
        with_client(|mut client| async move {
            for _ in 0..2 {
                client.send(&head("/echo", framing)).await;
                client.send(&body).await;
                let (head, length) = client.receive().await;
                assert_eq!(length, 200_000, "{head}");
                assert!(!head.contains("connection: close"), "{head}");
            }
        })
        .await;
    }
}
