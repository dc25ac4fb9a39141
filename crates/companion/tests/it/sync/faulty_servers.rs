//! Servers that lie, fail or refuse.

use std::cell::Cell;
use std::ffi::OsString;
use std::fs;
use std::rc::Rc;

use covibe_companion::credentials::NetworkVariables;
use covibe_companion::queue::Queue;
use covibe_companion::sync::{print_snapshot, status_data, use_server};
use covibe_companion::uplink::{
    Call, CallError, HttpUplink, Judgement, Uplink as _, judge_identity,
};
use covibe_companion::{Exit, hook};
use covibe_domain::companion::Batch;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

use super::queues::fill;
use super::sync_fixture::{Desk, StubUplink, accept_all, answer, commit, git, identity, origin};

#[tokio::test]
async fn unexpected_answers_keep_all_items_for_the_next_run() {
    let html = "<html>Sign in to the network</html>";
    for (status, body) in [
        (200, html),
        (200, ""),
        (200, "{}"),
        (200, "[]"),
        (200, r#"{"items":[]}"#),
        (200, r#"{"items":[{"id":"1","status":"accepted"}]}"#),
        (200, r#"{"items":"accepted"}"#),
        (302, html),
        (400, html),
        (401, html),
        (403, html),
        (404, html),
        (404, r#"{"error":"not found"}"#),
        (429, ""),
        (500, r#"{"error":"x"}"#),
        (503, html),
    ] {
        let desk = Desk::connected();
        let repository = desk.repository("a");
        fill(&desk, &repository, 3);
        let stub = StubUplink::answering(move |_| Ok(answer(status, body)));
        assert!(desk.watcher(&stub).run_once().await.is_err(), "{status} {body}");
        assert_eq!(desk.queued(), 3, "{status} {body}");
        let honest = StubUplink::honest();
        desk.watcher(&honest).run_once().await.unwrap();
        assert_eq!((honest.items().len(), desk.queued()), (3, 0), "{status} {body}");
    }
}

#[tokio::test]
async fn an_answer_with_wrong_or_contradictory_outcomes_removes_no_items() {
    let desk = Desk::connected();
    let repository = desk.repository("a");
    fill(&desk, &repository, 2);
    let stub = StubUplink::answering(|batch| {
        let id = &batch.items[0].id;
        let items = json!([
            { "id": id, "status": "accepted" }, { "id": id, "status": "rejected" },
            { "id": "another", "status": "accepted" }, { "id": batch.items[1].id, "status": "ACCEPTED" },
        ]);
        Ok(answer(200, json!({ "items": items, "overlaps": 7 }).to_string()))
    });
    assert!(desk.watcher(&stub).run_once().await.is_err());
    assert_eq!((desk.queued(), Queue::new(&desk.home).quarantined().len()), (2, 0));
}

#[tokio::test]
async fn items_are_sent_again_with_the_same_ids_after_a_lost_answer() {
    let desk = Desk::connected();
    let ids = fill(&desk, &desk.repository("a"), 4);
    let is_first = Cell::new(true);
    let stub = StubUplink::answering(move |batch| {
        if is_first.replace(false) {
            return Err(CallError::NoAnswer("it broke off".to_owned()));
        }
        Ok(answer(200, accept_all(batch).to_string().replace("accepted", "duplicate")))
    });
    assert!(desk.watcher(&stub).run_once().await.is_err());
    desk.watcher(&stub).run_once().await.unwrap();
    let sent: Vec<_> = stub.items().into_iter().map(|item| item.id).collect();
    assert_eq!(sent.len(), 8);
    assert!(ids.iter().all(|id| sent.iter().filter(|sent| *sent == id).count() == 2));
    assert_eq!(desk.queued(), 0);
}

#[tokio::test]
async fn batches_are_halved_until_they_fit() {
    let desk = Desk::connected();
    fill(&desk, &desk.repository("a"), 120);
    let stub = StubUplink::answering(|batch| {
        let is_large = batch.items.len() > 7;
        Ok(if is_large { answer(413, "") } else { answer(200, accept_all(batch).to_string()) })
    });
    for _ in 0..20 {
        let _ = desk.watcher(&stub).run_once().await;
    }
    assert_eq!(desk.queued(), 0);
    assert!(Queue::new(&desk.home).quarantined().is_empty());
    assert!(stub.batches.borrow().iter().all(|(_, batch)| batch.items.len() <= 50));
}

#[tokio::test]
async fn an_item_that_the_server_refuses_is_quarantined_alone() {
    let desk = Desk::connected();
    let ids = fill(&desk, &desk.repository("a"), 30);
    let poison = ids.iter().nth(11).unwrap().clone();
    let bad = poison.clone();
    let stub = StubUplink::answering(move |batch| {
        let has_it = batch.items.iter().any(|item| item.id == bad);
        let refused = answer(400, r#"{"error":"Invalid batch."}"#);
        Ok(if has_it { refused } else { answer(200, accept_all(batch).to_string()) })
    });
    for _ in 0..10 {
        let _ = desk.watcher(&stub).run_once().await;
    }
    let quarantined = Queue::new(&desk.home).quarantined();
    assert_eq!(desk.queued(), 0);
    assert_eq!(quarantined.iter().map(|name| name.id().to_string()).collect::<Vec<_>>(), [poison]);
}

#[tokio::test]
async fn a_revoked_key_stops_the_calls_until_the_credentials_change() {
    let desk = Desk::connected();
    fill(&desk, &desk.repository("a"), 3);
    let is_revoked = Rc::new(Cell::new(true));
    let revoked = Rc::clone(&is_revoked);
    let stub = StubUplink::answering(move |batch| {
        let refused = answer(401, r#"{"error":"The key is revoked."}"#);
        Ok(if revoked.get() { refused } else { answer(200, accept_all(batch).to_string()) })
    });
    let mut watcher = desk.watcher(&stub);
    for _ in 0..3 {
        watcher.tick().await;
    }
    assert_eq!((stub.calls.get(), desk.queued()), (1, 3));
    let reason = status_data(&desk.home).servers[0].reason.clone().unwrap();
    assert!(reason.contains("covibe-local login"), "{reason}");
    // A new process knows it, too.
    assert!(desk.watcher(&stub).run_once().await.is_err());
    assert_eq!(stub.calls.get(), 1);
    is_revoked.set(false);
    std::thread::sleep(std::time::Duration::from_millis(20));
    desk.connect("https://b.example");
    watcher.tick().await;
    assert_eq!(desk.queued(), 0);
}

#[tokio::test]
async fn a_403_answer_drops_the_items_without_retrying() {
    let desk = Desk::connected();
    fill(&desk, &desk.repository("a"), 3);
    let stub = StubUplink::answering(|_| Ok(answer(403, r#"{"error":"Not for this workspace."}"#)));
    let _ = desk.watcher(&stub).run_once().await;
    assert_eq!((desk.queued(), stub.batches.borrow().len()), (0, 1));
}

#[tokio::test]
async fn a_retry_after_of_a_busy_server_is_honoured() {
    let desk = Desk::connected();
    fill(&desk, &desk.repository("a"), 3);
    let stub = StubUplink::answering(|_| {
        let mut busy = answer(429, "");
        busy.headers.insert("retry-after", "3600".parse().unwrap());
        Ok(busy)
    });
    let mut watcher = desk.watcher(&stub);
    for _ in 0..5 {
        watcher.tick().await;
    }
    desk.watcher(&stub).tick().await;
    assert_eq!((stub.calls.get(), desk.queued()), (1, 3));
}

#[tokio::test]
async fn nothing_is_queued_without_a_valid_salt_of_the_server() {
    let desk = Desk::connected();
    let repository = desk.repository("a");
    for salt in ["", "zz", "5a"] {
        desk.event(&repository, salt, "edit");
        let mut body = identity();
        body["salt"] = json!(salt);
        let stub = StubUplink::honest().with_identity(move || Ok(answer(200, body.to_string())));
        let _ = desk.watcher(&stub).run_once().await;
        assert!(stub.batches.borrow().is_empty());
        assert_eq!(desk.queued(), 0);
    }
    let stub = StubUplink::honest();
    desk.event(&repository, "later", "edit");
    desk.watcher(&stub).run_once().await.unwrap();
    assert_eq!(stub.snapshots().len(), 1);
}

#[tokio::test]
async fn with_several_servers_nothing_is_sent_until_one_is_chosen() {
    let desk = Desk::connected();
    desk.connect("https://b.example");
    let (a, b) = (origin("https://a.example"), origin("https://b.example"));
    let (plain, bridged) = (desk.repository("plain"), desk.repository("bridged"));
    desk.event(&plain, "s", "edit");
    let stub = StubUplink::honest();
    desk.watcher(&stub).run_once().await.unwrap();
    assert_eq!(stub.calls.get(), 0);

    // A loop that runs notices the choice without another event.
    let mut watcher = desk.watcher(&stub);
    watcher.tick().await;
    assert_eq!(stub.calls.get(), 0);

    assert!(hook::note_connection(&desk.home, "codex", &bridged, &a));
    let missing = use_server(&desk.home, &origin("https://c.example")).unwrap_err();
    assert_eq!(missing.exit, Exit::NoCredentials);
    use_server(&desk.home, &b).unwrap();
    watcher.tick().await;
    assert_eq!(stub.snapshots().len(), 1);
    desk.event(&bridged, "s", "edit");
    desk.event(&plain, "s", "edit");
    desk.watcher(&stub).run_once().await.unwrap();
    let sent = stub.batches.borrow();
    let names = |server| -> Vec<String> {
        let batches = sent.iter().filter(|(to, _)| *to == server);
        batches.flat_map(|(_, b)| b.items.iter().map(|item| item.repo.name.clone())).collect()
    };
    assert!(!names(a.clone()).is_empty() && !names(b.clone()).is_empty());
    assert!(names(a).iter().all(|name| name == "bridged"));
    assert!(names(b).iter().all(|name| name == "plain"));
}

/// Serves each connection with one answer, and returns the origin.
async fn serve(head: &'static str, body: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let body = body.clone();
            tokio::spawn(async move {
                let mut request = [0; 4096];
                let _ = stream.read(&mut request).await;
                let head = format!(
                    "{head}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                    body.len()
                );
                let _ = stream.write_all(head.as_bytes()).await;
                let _ = stream.write_all(&body).await;
            });
        }
    });
    format!("http://{address}")
}

#[tokio::test]
async fn oversized_answers_and_redirects_are_refused() {
    let huge = serve("HTTP/1.1 200 OK", vec![b' '; 3 * 1024 * 1024]).await;
    let away =
        serve("HTTP/1.1 307 Temporary Redirect\r\nLocation: http://127.0.0.1:9/", Vec::new()).await;
    let desk = Desk::new();
    for server in [&huge, &away] {
        desk.connect(server);
    }
    let uplink = HttpUplink::new(&desk.home);
    assert!(matches!(
        uplink.call(&origin(&huge), Call::Identity).await,
        Err(CallError::NoAnswer(_))
    ));
    assert_eq!(uplink.call(&origin(&away), Call::Identity).await.unwrap().status, 307);
    let none = uplink.call(&origin("http://127.0.0.1:9"), Call::Identity).await;
    assert!(matches!(none, Err(CallError::NoKey(_))));
    assert!(!format!("{uplink:?}").contains("vibn_sk_companion"));
}

#[tokio::test]
async fn the_key_of_the_service_is_not_sent_through_a_proxy_that_is_not_noted() {
    let desk = Desk::new();
    let server = "https://covibe.example";
    desk.connect(server);
    // Nobody listens there: an answer would say that it refused the connection.
    let proxy = OsString::from("http://127.0.0.1:9");
    let network = NetworkVariables::from_values([("HTTPS_PROXY", proxy)]);
    let uplink = HttpUplink::with_network(&desk.home, network);
    let refused = uplink.call(&origin(server), Call::Identity).await;
    let Err(CallError::UntrustedNetwork(reason)) = &refused else { panic!("{refused:?}") };
    assert!(reason.contains("HTTPS_PROXY"), "{reason}");
    assert!(matches!(judge_identity(refused), Judgement::Later(None, _)), "it is tried again");
    assert!(uplink.key_tag(&origin(server)).is_some(), "its items are queued meanwhile");
}

#[tokio::test]
async fn a_printed_snapshot_equals_the_sent_one_and_has_no_file_names() {
    let desk = Desk::new();
    let server = serve(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json",
        identity().to_string().into_bytes(),
    )
    .await;
    desk.connect(&server);
    let repository = desk.repository("shop");
    git(&repository, &["remote", "add", "origin", "https://ada:s3cret@github.com/ada/shop.git"]);
    commit(&repository, "secret-name.txt", "secret text");
    fs::write(repository.join("secret-name.txt"), "changed").unwrap();
    fs::write(repository.join("untracked-name"), "").unwrap();
    let text = print_snapshot(&desk.home, &repository).await.unwrap();
    for secret in
        ["secret", "s3cret", "untracked-name", "Ada", "vibn_sk", desk.root.to_str().unwrap()]
    {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
    let mut value: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(value.as_object_mut().unwrap().shift_remove("server"), Some(json!(server)));
    let batch: Batch = serde_json::from_value(value.clone()).unwrap();
    assert_eq!(batch.items[0].repo.remote.as_deref(), Some("github.com/ada/shop"));
    let body = &value["items"][0]["body"];
    assert_eq!((&body["dirty"]["unstaged"], &body["dirty"]["untracked"]), (&json!(1), &json!(1)));
    assert_eq!(body["dirty"]["paths"].as_array().unwrap().len(), 2);
    assert_eq!(desk.queued(), 0);
}
