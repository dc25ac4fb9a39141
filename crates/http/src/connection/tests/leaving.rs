//! Clients that close the connection before their answer.

use super::*;

const SLOW_GET: &str = "GET /slow HTTP/1.1\r\nHost: a\r\n\r\n";

/// Drops the client after it has sent something and waited; returns after how many seconds it was forgotten.
async fn leaves(mut client: Client, sent: &str, waited: Duration) -> u64 {
    client.send(sent).await;
    sleep(waited).await;
    let (stream, other) = tokio::io::duplex(1);
    drop((std::mem::replace(&mut client.stream, stream), other));
    client.wait_until_forgotten().await
}

#[tokio::test(start_paused = true)]
async fn gives_up_a_request_whose_client_has_left() {
    // Neither the answer nor its second half is waited for, which take a minute each.
    for waited in [Duration::ZERO, SECOND, 61 * SECOND] {
        with_client(async |client| assert!(leaves(client, SLOW_GET, waited).await < 2)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_after_a_part_of_its_next_request_has_left() {
    for next in ["G", "GET / HTTP/1.1\r\n", GET] {
        with_client(async |mut client| {
            client.send(SLOW_GET).await;
            sleep(SECOND).await;
            assert!(leaves(client, next, SECOND).await < 2, "{next}");
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn requests_beyond_a_piece_wait_until_the_first_is_answered() {
    with_client(|mut client| async move {
        client.send(SLOW_GET).await;
        sleep(SECOND).await;
        let requests = 10 * 1024 / GET.len();
        client.send(&GET.repeat(requests)).await;
        assert_eq!(client.receive().await.1, 8);
        for _request in 0..requests {
            assert_eq!(client.receive().await.1, 4);
        }
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn answers_what_is_no_call_to_its_end() {
    let page = "GET /page HTTP/1.1\r\nHost: a\r\n\r\n";
    with_client(async |client| assert!(leaves(client, page, SECOND).await >= 58)).await;
}

#[tokio::test(start_paused = true)]
async fn answers_a_client_that_sends_nothing_more_and_still_reads() {
    with_client(|mut client| async move {
        client.send(GET).await;
        client.stream.shutdown().await.unwrap();
        assert_eq!(client.receive().await.1, 4);
        assert_eq!(client.wait_until_closed().await, 0);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_sends_its_next_request_has_not_left() {
    with_client(|mut client| async move {
        client.send(SLOW_GET).await;
        sleep(SECOND).await;
        client.send(GET).await;
        assert_eq!((client.receive().await.1, client.receive().await.1), (8, 4));
    })
    .await;
}
