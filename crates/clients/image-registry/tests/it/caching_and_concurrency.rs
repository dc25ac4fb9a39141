//! Load: shared questions, remembered answers, tokens that are used again, and a bounded number of questions at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use covibe_domain::image::ImageReference;
use covibe_image_registry::{AT_ONCE, Absent, Client, ImagePresence, NotSeen};
use tokio::sync::Semaphore;

use crate::scripted_server::{Reply, Server};
use crate::{IMAGE, client, client_within, error, manifest, not_seen, present, with_token};

fn image(number: usize) -> ImageReference {
    format!("acme/web:{number}").parse().unwrap()
}

/// Lets this time pass. The clock runs while a server is asked: it would jump whenever all wait for the network.
async fn pass(seconds: u64) {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(seconds)).await;
    tokio::time::resume();
}

async fn find(client: &Client) -> ImagePresence {
    client.find(&IMAGE.parse().unwrap()).await
}

#[tokio::test]
async fn concurrent_lookups_of_an_image_share_one_request() {
    let server = Server::start(|_| manifest()).await;
    let client = client(&server);
    let other = client.clone();
    assert_eq!(tokio::join!(find(&client), find(&other)), (present(), present()));
    assert_eq!(server.requests().len(), 1);
    let server = Server::start(|_| error(404, "NAME_UNKNOWN")).await;
    let client = crate::client(&server);
    let image = IMAGE.parse().unwrap();
    let (one, other) = tokio::join!(client.labels(&image), client.labels(&image));
    assert_eq!(
        (one.unwrap_err(), other.unwrap_err()),
        (Absent::Repository.into(), Absent::Repository.into())
    );
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_present_image_is_cached_for_a_minute() {
    let server = Server::start(|_| manifest()).await;
    let client = client(&server);
    for (seconds, requests) in [(0, 1), (9, 1), (20, 1), (20, 1), (12, 2)] {
        pass(seconds).await;
        assert_eq!(find(&client).await, present());
        assert_eq!(server.requests().len(), requests, "after {seconds} more seconds");
    }
}

#[tokio::test]
async fn every_other_answer_is_cached_for_ten_seconds() {
    for (status, code, expected) in [
        (404, "MANIFEST_UNKNOWN", ImagePresence::Absent(Absent::Tag)),
        (429, "TOOMANYREQUESTS", not_seen(NotSeen::Limited)),
        (400, "NAME_INVALID", not_seen(NotSeen::Unclear)),
    ] {
        let server = Server::start(move |_| error(status, code)).await;
        let client = client(&server);
        let mut before = 0;
        for (seconds, is_asked) in [(0, true), (9, false), (2, true)] {
            pass(seconds).await;
            assert_eq!(find(&client).await, expected);
            assert_eq!(server.requests().len() > before, is_asked, "after {seconds} more seconds");
            before = server.requests().len();
        }
    }
}

#[tokio::test]
async fn the_timeout_of_a_silent_registry_is_cached() {
    let server = Server::start(|_| Reply::without_answer()).await;
    let client = client_within(&server, Duration::from_millis(100));
    for _ in 0..3 {
        assert_eq!(find(&client).await, not_seen(NotSeen::Late));
    }
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn a_token_is_reused_for_its_repository_until_it_expires() {
    let server = with_token(|_| manifest()).await;
    let client = client(&server);
    let tokens = || server.lines().iter().filter(|line| line.contains("/token?")).count();
    for (seconds, number, expected) in [(0, 1, 1), (200, 2, 1), (101, 3, 2)] {
        pass(seconds).await;
        assert_eq!(client.find(&image(number)).await, present());
        assert_eq!(tokens(), expected);
    }
    assert_eq!(client.find(&"other/web".parse().unwrap()).await, present());
    assert_eq!(tokens(), 3, "another repository has a token of its own");
}

#[tokio::test]
async fn a_token_that_is_no_longer_accepted_is_replaced() {
    let given = Arc::new(AtomicUsize::new(0));
    let server = Server::start(move |asked| {
        let newest = || format!("Bearer t{}", given.load(Ordering::SeqCst));
        if asked.path.starts_with("/token?") {
            let number = given.fetch_add(1, Ordering::SeqCst) + 1;
            return Reply::new(200, format!(r#"{{"token":"t{number}","expires_in":300}}"#));
        }
        // The registry forgets a token as soon as it is asked for a second tag.
        if asked.path.ends_with("/2") && given.load(Ordering::SeqCst) < 2
            || asked.header("authorization") != Some(&newest())
        {
            return crate::challenge(&format!("{}/token", asked.origin()));
        }
        manifest()
    });
    let server = server.await;
    let client = client(&server);
    assert_eq!(client.find(&image(1)).await, present());
    assert_eq!(client.find(&image(2)).await, present());
    assert_eq!(server.requests().len(), 6);
}

/// Asks for these images at the same time, and waits until the server has as many questions as it can get.
async fn ask_at_once(
    client: &Client,
    server: &Server,
    count: usize,
) -> Vec<tokio::task::JoinHandle<ImagePresence>> {
    let ask = |number| {
        let client = client.clone();
        tokio::spawn(async move { client.find(&image(number)).await })
    };
    let questions = (1..=count).map(ask).collect();
    while server.requests().len() < AT_ONCE {
        tokio::task::yield_now().await;
    }
    for _ in 0..1000 {
        tokio::task::yield_now().await;
    }
    assert_eq!(server.requests().len(), AT_ONCE);
    questions
}

#[tokio::test]
async fn lookups_beyond_the_concurrency_limit_wait_and_succeed() {
    let gate = Arc::new(Semaphore::new(0));
    let closed = Arc::clone(&gate);
    let server = Server::start(move |_| manifest().held_by(&closed)).await;
    let questions = ask_at_once(&client(&server), &server, AT_ONCE + 3).await;
    gate.add_permits(AT_ONCE + 3);
    for question in questions {
        assert_eq!(question.await.unwrap(), present());
    }
    assert_eq!(server.requests().len(), AT_ONCE + 3);
}

#[tokio::test]
async fn a_lookup_that_never_got_its_turn_times_out_and_is_not_cached() {
    let gate = Arc::new(Semaphore::new(0));
    let closed = Arc::clone(&gate);
    let server = Server::start(move |_| manifest().held_by(&closed)).await;
    let client = client(&server);
    let questions = ask_at_once(&client, &server, AT_ONCE + 1).await;
    pass(60).await;
    for question in questions {
        assert_eq!(question.await.unwrap(), not_seen(NotSeen::Late));
    }
    gate.add_permits(2 * AT_ONCE);
    assert_eq!(client.find(&image(AT_ONCE + 1)).await, present());
    assert_eq!(client.find(&image(1)).await, not_seen(NotSeen::Late), "it had a turn");
}
