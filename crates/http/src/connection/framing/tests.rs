//! The ends of requests that the framer finds, compared with those that the HTTP library finds.

use actix_http::h1::{Codec, Message, MessageType};
use bytes::BytesMut;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use tokio::task::LocalSet;
use tokio_util::codec::Decoder as _;

use super::*;

const REQUESTS: [&str; 9] = [
    "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    "\r\n\r\nGET / HTTP/1.1\nHost: a\n\n",
    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n\r\n\r\n.",
    "POST / HTTP/1.1\r\nHost: a\r\nCONTENT-length:      0\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:   chunked\r\n\r\n4\r\nab\r\n\r\n1A;x=\"1\"\r\n\
     abcdefghijklmnopqrstuvwxyz\r\n0\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\ntransfer-encoding: Chunked\r\n\r\n0\r\nA: b\r\nC: d\r\n\r\n",
    "GET / HTTP/1.1\r\nHost: a\r\nX: a very long line, which is longer than what is kept of a line, by far\
     \r\nContent-Length: 1\r\n\r\n7",
    "GET / HTTP/1.1\r\nHost: a\r\nConnection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\n\r\n",
    "POST / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
];

/// The end of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// After so many bytes.
    At(usize),
    /// It is still to come.
    Open,
    /// At the end of the connection.
    Endless,
    Refused,
}

/// Returns the end that the framer finds, which gets so many bytes at once.
fn ending_of_framer(bytes: &[u8], size: usize) -> Ending {
    let mut framer = Framer::default();
    let read: usize = bytes.chunks(size).map(|piece| framer.feed(piece)).sum();
    match framer.refused_head() {
        Some(RefusedHead::Endless) => Ending::Endless,
        Some(_) => Ending::Refused,
        None if framer.is_at_end() => Ending::At(read),
        None => Ending::Open,
    }
}

/// Returns the end that the HTTP library finds.
fn ending_of_library(bytes: &[u8]) -> Ending {
    // The library starts a task that keeps the date, in the runtime of this thread.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    LocalSet::new().block_on(&runtime, async { decode_request(&mut Codec::default(), bytes) })
}

fn decode_request(codec: &mut Codec, bytes: &[u8]) -> Ending {
    let mut rest = BytesMut::from(bytes);
    loop {
        match codec.decode(&mut rest) {
            Err(_) => return Ending::Refused,
            Ok(None) if codec.message_type() == MessageType::Stream => return Ending::Endless,
            Ok(None) => return Ending::Open,
            Ok(Some(Message::Item(_))) if codec.message_type() != MessageType::None => {}
            Ok(Some(Message::Chunk(Some(_)))) => {}
            Ok(Some(_)) => return Ending::At(bytes.len() - rest.len()),
        }
    }
}

/// Returns a number that the framer refuses because of its length, and one that it accepts.
fn padded(number: &str) -> [String; 2] {
    [70, 40].map(|zeros| format!("{}{number}", "0".repeat(zeros)))
}

/// Returns a line for each value of a header.
fn named(name: &str, values: &[&str]) -> Vec<String> {
    values.iter().map(|value| format!("{name}:{value}")).collect()
}

/// Lines of heads that are easily read in two ways, and some that are not.
fn header_lines() -> impl Strategy<Value = String> {
    let lengths = ["3", "0", " 3", "\t 03 ", "+3", "3, 3", "1 2", "", "-1", "18446744073709551616"];
    let encodings = ["chunked", "CHUNKED ", "chun ked", "identity", "gzip, chunked", "chunked, a"];
    let upgrades =
        ["websocket", "WebSocket\t", "h2c", "h2c, websocket", "websocket, h2c", "web socket"];
    let others = [
        "Content-Length : 3",
        " Content-Length: 3",
        "X-Content-Length: 3",
        "Connection: Upgrade",
        "Connection: close",
        "Expect: 100-continue",
        "X:",
        "X: \u{e9}",
        "X",
        " folded",
    ];
    let long = [format!("X: {}", "x".repeat(300)), ["X: x"; 97].join("\r\n")];
    prop_oneof![
        4 => select(named("content-Length", &lengths)),
        4 => select(named("Transfer-encoding", &encodings)),
        4 => select(named("UPGRADE", &upgrades)),
        1 => select(padded("3").map(|length| format!("Content-Length: {length}")).to_vec()),
        2 => select(others.map(str::to_owned).to_vec()),
        1 => select(long.to_vec()),
    ]
}

/// Heads of requests, mostly with few faults.
fn heads() -> impl Strategy<Value = String> {
    let before = select(vec!["", "", "", "\r\n", "\n", " \r\n"]);
    let first = select(vec![
        "GET / HTTP/1.1",
        "POST / HTTP/1.1",
        "POST / HTTP/1.0",
        "GET / HTTP/1.0",
        "CONNECT a:80 HTTP/1.1",
        "CONNECTED / HTTP/1.1",
        "connect / HTTP/1.1",
        "GET  / HTTP/1.1",
    ]);
    let end =
        prop_oneof![20 => Just("\r\n"), 2 => Just("\n"), 1 => Just("\r\r\n"), 1 => Just("\r")];
    let headers = prop::collection::vec((header_lines(), end), 0..4);
    (before, first, headers).prop_map(|(before, first, headers)| {
        let headers: String = headers.into_iter().map(|(line, end)| line + end).collect();
        format!("{before}{first}\r\nHost: a\r\n{headers}\r\n")
    })
}

/// Bodies, of which most are chunked.
fn bodies() -> impl Strategy<Value = String> {
    let pieces = [
        "abc",
        "3\r\nabc\r\n",
        "3\r\nabc\r\n",
        "3;x=\"\u{e9}\ty\"\r\nabc\r\n",
        "3 \t\r\nabc\r\n",
        "3 3\r\nabc\r\n",
        " 3\r\nabc\r\n",
        "+3\r\nabc\r\n",
        "3\nabc\n",
        "3\r\nabcd\r\n",
        "3;\n\r\nabc\r\n",
        "0\r\n\r\n",
        "0\r\nA: b\r\n\r\n",
        "0\r\nA: b\n\n",
        "0\r\n\n",
        "0\r\n \r\n\r\n",
        "0 ;x\r\n\r\n",
        "ffffffffffffffff\r\n",
        "10000000000000000\r\n",
        "\r\n",
        "\n",
        "GET / HTTP/1.1\r\nHost: a\r\n\r\n",
    ];
    let sizes = padded("3").map(|size| format!("{size}\r\nabc\r\n"));
    let pieces: Vec<_> = pieces.into_iter().map(str::to_owned).chain(sizes).collect();
    prop::collection::vec(select(pieces), 0..6).prop_map(|pieces| pieces.concat())
}

#[test]
fn finds_the_end_of_a_request_before_the_next_one() {
    for request in REQUESTS {
        let pipelined = format!("{request}GET / HTTP/1.1\r\nHost: a\r\n\r\n");
        let end = Ending::At(request.len());
        assert_eq!(ending_of_framer(pipelined.as_bytes(), pipelined.len()), end, "{request}");
        let library = ending_of_library(pipelined.as_bytes());
        assert_eq!(library, end, "{request}");
    }
}

#[test]
fn head_returns_the_length_of_the_request_head() {
    let mut framer = Framer::default();
    framer.feed(b"POST / HTTP/1.1\r\nContent-Length: 9\r\n\r\nabc");
    assert_eq!(framer.head(), 38);
}

#[test]
fn blank_lines_before_a_request_do_not_start_it() {
    let mut framer = Framer::default();
    framer.feed(b"\r\n\r\n");
    assert!(framer.is_at_start());
    framer.feed(b"G");
    assert!(!framer.is_at_start() && !framer.is_at_end());
}

#[test]
fn a_head_whose_body_would_never_end_is_refused() {
    for head in [
        "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nupgrade:WebSocket\r\nContent-Length: 0\r\n\r\n",
        "POST / HTTP/1.0\r\nUpgrade: h2c\r\nUpgrade: websocket\r\nContent-Length: 5\r\n\r\n",
        "CONNECT a:80 HTTP/1.1\r\nHost: a\r\n\r\n",
        "CONNECT / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n",
    ] {
        assert_eq!(ending_of_framer(head.as_bytes(), 7), Ending::Endless, "{head}");
        assert_eq!(ending_of_library(head.as_bytes()), Ending::Endless, "{head}");
    }
}

#[test]
fn a_head_with_an_unclear_length_is_refused() {
    let [long, short] = padded("3");
    for (length, end) in [
        (long.as_str(), Ending::Refused),
        ("", Ending::Refused),
        ("+3", Ending::Refused),
        ("3, 3", Ending::Refused),
        ("18446744073709551616", Ending::Refused),
        ("3\r\nContent-Length: 3", Ending::Refused),
        ("3\r\nTransfer-Encoding: chunked", Ending::Refused),
        (short.as_str(), Ending::Open),
    ] {
        let head = format!("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: {length}\r\n\r\nab");
        assert_eq!(ending_of_framer(head.as_bytes(), 7), end, "{head}");
    }
}

#[test]
fn a_malformed_chunk_does_not_end_a_request() {
    for body in ["zz\r\n", "3\n\nab\n0\n\n", "0\r\n\n", "0\r\nA: b\n\n"] {
        let request = format!("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n{body}");
        assert_eq!(ending_of_framer(request.as_bytes(), 7), Ending::Open, "{request}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    /// The HTTP library refuses more than the framer, which refuses only lengths that are too long to be kept.
    #[test]
    fn the_framer_and_the_http_library_find_the_same_end(head in heads(), body in bodies(), size in 1usize..40) {
        let request = head + &body;
        let framer = ending_of_framer(request.as_bytes(), size);
        let library = ending_of_library(request.as_bytes());
        let is_long = framer == Ending::Refused && request.contains(&padded("3")[0]);
        prop_assert!(
            framer == library || library == Ending::Refused || is_long,
            "{framer:?} and {library:?} of {request:?}"
        );
    }

    #[test]
    fn a_byte_in_the_wrong_place_ends_no_request_too_early(
        which in 0..REQUESTS.len(),
        place in any::<Index>(),
        byte in any::<u8>(),
    ) {
        let mut request = REQUESTS[which].as_bytes().to_vec();
        request.insert(place.index(request.len()), byte);
        let framer = ending_of_framer(&request, request.len());
        let library = ending_of_library(&request);
        prop_assert!(
            framer == library || library == Ending::Refused,
            "{framer:?} and {library:?} of {}", request.escape_ascii()
        );
    }

    #[test]
    fn finds_the_end_of_a_request_that_is_fed_in_pieces(which in 0..REQUESTS.len(), size in 1usize..40) {
        let request = REQUESTS[which].as_bytes();
        prop_assert_eq!(ending_of_framer(request, size), Ending::At(request.len()));
    }

    #[test]
    fn never_consumes_more_bytes_than_it_is_fed(bytes: Vec<u8>) {
        prop_assert!(Framer::default().feed(&bytes) <= bytes.len());
    }
}
