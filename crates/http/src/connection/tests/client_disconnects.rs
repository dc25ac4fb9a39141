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
async fn a_request_is_given_up_if_its_client_leaves_during_the_next_one() {
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
async fn many_pipelined_requests_are_all_answered_after_a_slow_first_one() {
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
async fn pages_that_are_not_calls_are_answered_to_their_end_after_the_client_left() {
    let page = "GET /page HTTP/1.1\r\nHost: a\r\n\r\n";
    with_client(async |client| assert!(leaves(client, page, SECOND).await >= 58)).await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_shut_down_its_sending_side_is_still_answered() {
    with_client(|mut client| async move {
        client.send(GET).await;
        client.stream.shutdown().await.unwrap();
        assert_eq!(client.receive().await.1, 4);
        assert_eq!(client.wait_until_closed().await, 0);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_client_that_sends_its_next_request_early_gets_both_answers() {
    with_client(|mut client| async move {
        client.send(SLOW_GET).await;
        sleep(SECOND).await;
        client.send(GET).await;
        assert_eq!((client.receive().await.1, client.receive().await.1), (8, 4));
    })
    .await;
}
