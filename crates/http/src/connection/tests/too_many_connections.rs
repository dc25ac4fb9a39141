//! Too many connections.

use super::*;

#[tokio::test(start_paused = true)]
async fn a_further_connection_of_an_address_replaces_an_idle_one() {
    let limits = ConnectionLimits { per_address: 2, ..ConnectionLimits::default() };
    with_limits(limits, |table, mut busy| async move {
        busy.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").await;
        sleep(SECOND).await;
        let mut idle = Client::connect(&table).await;
        let mut last = Client::connect(&table).await;
        assert_eq!(idle.wait_until_closed().await, 0);
        last.send(GET).await;
        assert_eq!(last.receive().await.1, 4);
        assert_eq!(busy.receive().await.1, 8);
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_reserve_answers_only_the_health_check() {
    let limits = ConnectionLimits { connections: 1, ..ConnectionLimits::default() };
    with_limits(limits, |table, mut busy| async move {
        busy.send("GET /slow HTTP/1.1\r\nHost: a\r\n\r\n").await;
        sleep(SECOND).await;
        for (path, status) in [("/", "503"), (crate::connection::HEALTH_PATH, "200")] {
            let mut further = Client::connect(&table).await;
            further.send(&format!("GET {path} HTTP/1.1\r\nHost: a\r\n\r\n")).await;
            let (head, _) = further.receive().await;
            assert!(head.starts_with(&format!("http/1.1 {status}")), "{head}");
            assert_eq!(further.wait_until_closed().await, 0);
        }
        let mut first = Client::connect(&table).await;
        let mut later = Vec::new();
        for _ in 0..ConnectionLimits::RESERVE_PER_ADDRESS {
            later.push(Client::connect(&table).await);
        }
        assert_eq!(first.wait_until_closed().await, 0);
    })
    .await;
}

/// Fills both places with requests for a path that have these lines and this beginning of a body, and connects once more.
/// Returns the second client.
async fn replace_unfinished(
    table: &Arc<Table>,
    first: &mut Client,
    path: &str,
    unfinished: &str,
) -> Client {
    let mut second = Client::connect(table).await;
    for client in [&mut *first, &mut second] {
        client.send(&format!("POST {path} HTTP/1.1\r\nHost: a\r\n{unfinished}")).await;
        sleep(SECOND).await;
    }
    let mut further = Client::connect(table).await;
    assert_eq!(first.wait_until_closed().await, 0, "{path} {unfinished}");
    further.send(GET).await;
    assert_eq!(further.receive().await.1, 4, "{path} {unfinished}");
    second
}

/// Otherwise one person could take all connections with forms that never arrive.
#[tokio::test(start_paused = true)]
async fn nobody_with_unfinished_bodies_keeps_others_out() {
    let limits = || ConnectionLimits { connections: 2, ..ConnectionLimits::default() };
    let padded = |zeros| format!("Content-Length: {}4\r\n\r\nx", "0".repeat(zeros));
    let (short, long) = (padded(40), padded(70));
    let chunk = format!("Transfer-Encoding: chunked\r\n\r\n{}4\r\n\r\n", "0".repeat(70));
    let unfinished = [
        "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        "Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 0\r\n\r\n",
        &short,
        &long,
        &chunk,
        "Content-Length: 100\r\n\r\n",
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\n",
    ];
    for (path, unfinished) in
        ["/echo", "/known"].into_iter().flat_map(|it| unfinished.map(|lines| (it, lines)))
    {
        with_limits(limits(), |table, mut first| async move {
            replace_unfinished(&table, &mut first, path, unfinished).await;
        })
        .await;
    }
    // The request is answered if nobody needs the place.
    for path in ["/echo", "/known"] {
        with_limits(limits(), |table, mut first| async move {
            let part = "Content-Length: 4\r\n\r\nx";
            let mut second = replace_unfinished(&table, &mut first, path, part).await;
            second.send("yz.").await;
            assert_eq!(second.receive().await.1, 4);
        })
        .await;
    }
}

#[tokio::test(start_paused = true)]
async fn strangers_who_have_left_keep_nobody_out() {
    let limits = ConnectionLimits { connections: 2, ..ConnectionLimits::default() };
    with_limits(limits, |table, first| async move {
        let second = Client::connect(&table).await;
        for mut stranger in [first, second] {
            stranger.send("GET /page HTTP/1.1\r\nHost: a\r\n\r\n").await;
            sleep(SECOND).await;
        }
        sleep(SECOND).await;
        let mut further = Client::connect(&table).await;
        further.send(GET).await;
        assert_eq!(further.receive().await.1, 4);
    })
    .await;
}

/// Returns whether the request of a further client is refused because all places are taken.
async fn is_kept_out(table: &Arc<Table>) -> bool {
    let mut further = Client::connect(table).await;
    further.send(GET).await;
    further.receive().await.0.starts_with("http/1.1 503")
}

#[tokio::test(start_paused = true)]
async fn whoever_has_sent_the_whole_request_keeps_the_place() {
    let limits = ConnectionLimits { connections: 2, ..ConnectionLimits::default() };
    with_limits(limits, |table, mut known| async move {
        let mut stranger = Client::connect(&table).await;
        known.send("POST /known HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nx").await;
        stranger.send("GET /page HTTP/1.1\r\nHost: a\r\n\r\n").await;
        sleep(SECOND).await;
        known.send("yz.").await;
        sleep(SECOND).await;
        assert!(is_kept_out(&table).await);
        assert_eq!((known.receive().await.1, stranger.receive().await.1), (4, 4));
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn the_whole_request_of_a_known_caller_who_has_left_is_answered_to_its_end() {
    let limits = ConnectionLimits { connections: 1, ..ConnectionLimits::default() };
    with_limits(limits, |table, mut known| async move {
        known.send("POST /known HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nwxyz").await;
        sleep(SECOND).await;
        drop(known);
        sleep(SECOND).await;
        assert!(is_kept_out(&table).await);
        sleep(60 * SECOND).await;
        assert!(!is_kept_out(&table).await);
    })
    .await;
}
