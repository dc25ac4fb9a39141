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
async fn a_request_without_a_clear_end_is_refused() {
    let long = format!("Content-Length: {}3", "0".repeat(60));
    for framing in [
        "Connection: Upgrade\r\nUpgrade: websocket",
        "Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 0",
        &long,
        "Content-Length: 3\r\nContent-Length: 3",
        "Content-Length: 3\r\nTransfer-Encoding: chunked",
    ] {
        with_client(|mut client| async move {
            client.send(&head("/echo", framing)).await;
            let (head, _) = client.receive().await;
            assert!(head.starts_with("http/1.1 400"), "{head}");
            assert!(head.contains("connection: close"), "{head}");
            assert_eq!(client.wait_until_closed().await, 0);
            assert_eq!(client.wait_until_forgotten().await, 2);
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn an_offer_of_http_2_is_ignored() {
    let offer = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\
                 Content-Length: 3";
    with_client(|mut client| async move {
        client.send(&(head("/echo", offer) + "abc")).await;
        let (head, length) = client.receive().await;
        assert!(head.starts_with("http/1.1 200") && head.contains("connection: close"), "{head}");
        assert_eq!((length, client.wait_until_closed().await), (3, 0));
    })
    .await;
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
