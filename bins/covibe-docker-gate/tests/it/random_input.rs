//! Any input of a client: the gate never touches a container without a resource, and never panics.

use std::io::{Read as _, Write as _};
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::thread;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use crate::engine_stub::{Engine, container_description, reply};
use crate::forwarded_requests::calls;
use crate::gate_client::{binary, request};

/// Sends bytes to a gate and closes; returns whether it ended by itself without a panic.
fn survives(engine: &Engine, input: &[u8]) -> bool {
    let mut command = Command::new(binary());
    command.arg("--socket").arg(engine.socket());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut gate = command.spawn().expect("a process");
    let (mut sink, input) = (gate.stdin.take().expect("a pipe"), input.to_vec());
    // The gate may close before it has read all.
    let writer = thread::spawn(move || drop(sink.write_all(&input)));
    let mut told = String::new();
    gate.stdout.take().expect("a pipe").read_to_end(&mut Vec::new()).expect("an end");
    gate.stderr.take().expect("a pipe").read_to_string(&mut told).expect("a text");
    writer.join().expect("a thread");
    gate.wait().expect("a status");
    !told.contains("panicked")
}

/// An engine with containers that belong to no resource.
fn strangers() -> &'static Engine {
    static ENGINE: OnceLock<Engine> = OnceLock::new();
    ENGINE.get_or_init(|| {
        Engine::answering(|line, stream| {
            let is_look = line.contains("/containers/") && line.ends_with("/json");
            if is_look {
                reply(stream, 200, &container_description("/coolify-db", "coolify"));
            }
            is_look
        })
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(150) })]

    #[test]
    fn mutated_requests_never_act_on_foreign_containers(
        which in vec(any::<Index>(), 1..4),
        changes in vec((any::<Index>(), any::<u8>(), 0..3u8), 0..6),
    ) {
        let calls = calls();
        let chosen = which.iter().map(|it| it.get(&calls));
        let mut input: Vec<u8> =
            chosen.flat_map(|(method, target, body)| request(method, target, "", body)).collect();
        for (at, byte, how) in changes {
            let at = at.index(input.len());
            match how {
                0 => input[at] = byte,
                1 => input.insert(at, byte),
                _ => drop(input.remove(at)),
            }
        }
        let engine = strangers();
        prop_assert!(survives(engine, &input));
        prop_assert_eq!(engine.requests(), Vec::<String>::new());
    }
}
