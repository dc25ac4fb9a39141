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

/// Fills both places with requests of strangers that have these lines and this beginning of a body, and connects once
/// more. Returns the second stranger.
async fn replace_stranger(table: &Arc<Table>, first: &mut Client, unfinished: &str) -> Client {
    let mut second = Client::connect(table).await;
    for stranger in [&mut *first, &mut second] {
        stranger.send(&format!("POST /echo HTTP/1.1\r\nHost: a\r\n{unfinished}")).await;
        sleep(SECOND).await;
    }
    let mut further = Client::connect(table).await;
    assert_eq!(first.wait_until_closed().await, 0, "{unfinished}");
    further.send(GET).await;
    assert_eq!(further.receive().await.1, 4, "{unfinished}");
    second
}

#[tokio::test(start_paused = true)]
async fn strangers_with_unfinished_bodies_keep_nobody_out() {
    let limits = || ConnectionLimits { connections: 2, ..ConnectionLimits::default() };
    let padded = |zeros| format!("Content-Length: {}4\r\n\r\nx", "0".repeat(zeros));
    let (short, long) = (padded(40), padded(70));
    let chunk = format!("Transfer-Encoding: chunked\r\n\r\n{}4\r\n\r\n", "0".repeat(70));
    for unfinished in [
        "Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        "Connection: Upgrade\r\nUpgrade: websocket\r\nContent-Length: 0\r\n\r\n",
        &short,
        &long,
        &chunk,
        "Transfer-Encoding: chunked\r\n\r\n0\r\n\n",
    ] {
        with_limits(limits(), |table, mut first| async move {
            replace_stranger(&table, &mut first, unfinished).await;
        })
        .await;
    }
    // A stranger is answered if nobody needs the place.
    with_limits(limits(), |table, mut first| async move {
        let part = "Content-Length: 4\r\n\r\nx";
        let mut second = replace_stranger(&table, &mut first, part).await;
        second.send("yz.").await;
        assert_eq!(second.receive().await.1, 4);
    })
    .await;
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

#[tokio::test(start_paused = true)]
async fn a_caller_who_is_known_and_whoever_sent_the_whole_request_keep_their_places() {
    let limits = ConnectionLimits { connections: 2, ..ConnectionLimits::default() };
    with_limits(limits, |table, mut known| async move {
        let mut whole = Client::connect(&table).await;
        known.send("POST /known HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nx").await;
        whole.send("GET /page HTTP/1.1\r\nHost: a\r\n\r\n").await;
        sleep(SECOND).await;
        let mut further = Client::connect(&table).await;
        further.send(GET).await;
        let (head, _) = further.receive().await;
        assert!(head.starts_with("http/1.1 503"), "{head}");
        known.send("yz.").await;
        assert_eq!((known.receive().await.1, whole.receive().await.1), (4, 4));
    })
    .await;
}
