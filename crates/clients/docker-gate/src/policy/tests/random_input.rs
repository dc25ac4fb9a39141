//! Random and changed input: nothing is forwarded that may not be, and nothing panics.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::allowed::table;
use super::independent_policy::assert_inside;
use super::*;

/// Texts that an attacker would put into a request.
const PIECES: [&str; 26] = [
    "\r\n",
    "\n",
    "\0",
    " ",
    "/",
    "..",
    "%2e%2e",
    "%2F",
    "%00",
    "%0d%0a",
    "?",
    "&",
    "=",
    "#",
    "+",
    "\"Privileged\":true,",
    "\"AttachStdin\":true,",
    "Content-Length: 5\r\n",
    "Transfer-Encoding: chunked\r\n",
    "Host: y\r\n",
    "/v1.41",
    "/containers/create",
    "&follow=true",
    "COVIBE_EXEC=0123456789abcdef",
    "coolify",
    "\"Binds\":[\"/:/h\"],",
];

/// One change to a request.
#[derive(Clone, Debug)]
enum Change {
    Insert(Index, &'static str),
    Replace(Index, u8),
    Remove(Index, Index),
    Repeat(Index, Index),
    /// Continues with another request from there on.
    Splice(Index, Index),
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<Index>;
    prop_oneof![
        (at(), select(&PIECES[..])).prop_map(|(at, piece)| Change::Insert(at, piece)),
        (at(), any::<u8>()).prop_map(|(at, byte)| Change::Replace(at, byte)),
        (at(), at()).prop_map(|(from, to)| Change::Remove(from, to)),
        (at(), at()).prop_map(|(from, to)| Change::Repeat(from, to)),
        (at(), at()).prop_map(|(at, other)| Change::Splice(at, other)),
    ]
}

fn requests() -> Vec<Vec<u8>> {
    let forwarded =
        table().into_iter().map(|(method, target, body, _)| bytes(method, &target, &body));
    let own = ["/covibe/gate", "/covibe/containers", "/v1.44/covibe/containers/ID/image"];
    let own = own.map(|target| bytes("GET", &target.replace("ID", &id()), ""));
    forwarded.chain(own).collect()
}

/// A short range from `from` on.
fn range(from: Index, length: Index, bytes: &[u8]) -> std::ops::Range<usize> {
    let from = from.index(bytes.len());
    from..(from + 1 + length.index(12)).min(bytes.len())
}

fn apply_changes(mut bytes: Vec<u8>, changes: Vec<Change>, all: &[Vec<u8>]) -> Vec<u8> {
    for change in changes {
        if bytes.is_empty() {
            break;
        }
        match change {
            Change::Insert(at, piece) => {
                let at = at.index(bytes.len());
                bytes.splice(at..at, piece.bytes());
            }
            Change::Replace(at, byte) => *at.get_mut(&mut bytes) = byte,
            Change::Remove(from, length) => drop(bytes.drain(range(from, length, &bytes))),
            Change::Repeat(from, length) => {
                let range = range(from, length, &bytes);
                let piece = bytes[range.clone()].to_vec();
                bytes.splice(range.end..range.end, piece);
            }
            Change::Splice(at, other) => {
                let other = &all[other.index(all.len())];
                let at = at.index(bytes.len());
                bytes.truncate(at);
                bytes.extend_from_slice(&other[at.min(other.len())..]);
            }
        }
    }
    bytes
}

/// Puts the length of the body right, so that more of the changes get as far as the decision.
fn with_length(bytes: Vec<u8>) -> Vec<u8> {
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let Some((head, body)) = text.split_once("\r\n\r\n") else { return bytes };
    let lines = head.split("\r\n").filter(|line| !line.starts_with("Content-Length"));
    let head: Vec<_> = lines.collect();
    format!("{}\r\nContent-Length: {}\r\n\r\n{body}", head.join("\r\n"), body.len()).into_bytes()
}

fn assert_safe(input: &[u8]) {
    if let Some(Ok(call)) = decide_bytes(input) {
        assert_inside(&call);
    }
}

#[test]
fn every_allowed_request_passes_the_independent_policy_check() {
    for request in requests() {
        let call = decide_bytes(&request).unwrap().unwrap();
        assert_inside(&call);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn random_bytes_cause_no_unsafe_call_and_no_panic(input in vec(any::<u8>(), 0..512)) {
        assert_safe(&input);
    }

    #[test]
    fn mutated_requests_cause_no_unsafe_call_and_no_panic(
        which in any::<Index>(),
        changes in vec(change(), 1..6),
        is_mended in any::<bool>(),
    ) {
        let all = requests();
        let input = apply_changes(which.get(&all).clone(), changes, &all);
        assert_safe(&if is_mended { with_length(input) } else { input });
    }

    #[test]
    fn random_paths_and_queries_cause_no_unsafe_call_and_no_panic(
        method in select(vec!["GET", "POST", "DELETE"]),
        target in "/(v1\\.[0-9]{2}/)?(containers|exec|volumes|networks|system)/[!-~]{0,80}",
    ) {
        assert_safe(&bytes(method, &target, ""));
    }

    #[test]
    fn random_body_members_cause_no_unsafe_call_and_no_panic(
        name in "[A-Za-z]{1,12}|Privileged|Tty|AttachStdin|DetachKeys|User|WorkingDir|Driver|Options",
        value in "true|false|null|\"[ -~]{0,20}\"|\\[\\]|\\{\\}|[0-9]{1,4}",
    ) {
        let member = format!(r#","{name}":{value}"#);
        assert_safe(&bytes("POST", &format!("/containers/{}/exec", id()), &command(&member)));
        let network = format!(r#"{{"Name":"covibe-{UUID}"{member}}}"#);
        assert_safe(&bytes("POST", "/networks/create", &network));
        let disconnection = format!(r#"{{"Container":"coolify-proxy"{member}}}"#);
        assert_safe(&bytes("POST", &format!("/networks/{UUID}/disconnect"), &disconnection));
        let start = format!(r#"{{"Detach":false{member}}}"#);
        assert_safe(&bytes("POST", &format!("/exec/{}/start", id()), &start));
    }
}
