//! Signed commands, of an API with one address for all of them.

use bytes::Bytes;
use covibe_domain::Secret;
use covibe_upstream::{Cause, Effect, Request, SignedBody};

use crate::scripted_server::{Act, Server};

const BODY: &str = "<a>é \r\n</a>\n";

fn command(server: &Server) -> Request {
    let headers = vec![("x-signature", Secret::new("0123abcd"))];
    let bytes = Bytes::from_static(BODY.as_bytes());
    server.transport().command("buy", SignedBody { media_type: "text/xml", headers, bytes })
}

#[tokio::test]
async fn a_signed_command_is_sent_byte_for_byte() {
    let server = Server::start([]).await;
    let text = command(&server).send().await.unwrap().parse_with(|text| Some(text.to_owned()));
    assert_eq!(text.unwrap(), "{}");
    let seen = &server.requests()[0];
    assert_eq!((seen.line.as_str(), seen.body.as_str()), ("POST /api/v1", BODY));
    let head = seen.head.to_ascii_lowercase();
    for line in ["x-signature: 0123abcd", "content-type: text/xml", "accept: text/xml"] {
        assert!(head.lines().any(|found| found == line), "{line}");
    }
    assert!(!head.contains("authorization"));
}

#[tokio::test]
async fn each_command_uses_its_own_connection() {
    let server = Server::start([]).await;
    for _ in 0..3 {
        command(&server).reading().send().await.unwrap();
    }
    let connections: Vec<_> = server.requests().iter().map(|seen| seen.connection).collect();
    assert_eq!(connections, [0, 1, 2]);
}

#[tokio::test]
async fn a_command_is_repeated_only_if_it_reads() {
    let limited = Act::Answer(429, "retry-after: 0\r\n", "{}");
    for (trouble, effect) in [
        (Act::Drop, Effect::Possible),
        (Act::Cut, Effect::Possible),
        (Act::Answer(503, "", ""), Effect::Possible),
        (limited, Effect::None),
    ] {
        let server = Server::start([trouble.clone()]).await;
        let error = command(&server).send().await.err().unwrap();
        assert_eq!((error.path, error.effect), ("buy", effect), "{trouble:?}");
        assert_eq!(server.lines(), ["POST /api/v1"], "{trouble:?}");
        let server = Server::start([trouble.clone()]).await;
        command(&server).reading().send().await.unwrap();
        assert_eq!(server.lines(), ["POST /api/v1"; 2], "{trouble:?}");
    }
}

#[tokio::test]
async fn an_unreadable_answer_means_possibly_applied_only_for_a_change() {
    let server = Server::start([]).await;
    let answer = command(&server).send().await.unwrap();
    let error = answer.parse_with(|_| None::<()>).unwrap_err();
    assert_eq!((error.cause, error.effect), (Cause::Malformed, Effect::Possible));
    let answer = command(&server).reading().send().await.unwrap();
    let error = answer.parse_with(|_| None::<()>).unwrap_err();
    assert_eq!((error.cause, error.effect), (Cause::Malformed, Effect::None));
}
