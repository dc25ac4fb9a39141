//! Records what a real Docker Engine answers: fills in the answers of `tests/recordings/docker.json`.
//!
//! `cargo run -p covibe-sandbox --example record_docker -- SOCKET NAME=ID …` carries out the calls of the
//! recording on the engine at that socket, and prints the new recording. It needs an engine of its own with
//! these containers, made of an image with a static busybox and its links below `/bin`, the users `root`
//! and `node` (1000) and the folders `/app`, `/data` and `/tmp`:
//!
//! | name | container |
//! |---|---|
//! | `running` | `-w /app box sh -c 'while true; do sleep 1; done'` |
//! | `exited` | `box sh -c 'exit 3'` |
//! | `restarting` | `--restart always box sh -c 'exit 7'` |
//! | `paused` | as `running`, then `docker pause` |
//! | `bare` | an image that has only busybox, as `/sleep`: `bare /sleep 100000` |
//! | `holder` | as `running`, with `--name holder --label recorded=yes -v recorded_data:/data` |

#![cfg(unix)]
#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a tool of the developers")]

use std::path::{Path, PathBuf};

use serde_json::Value;

#[path = "../tests/it/docker/raw_socket_calls.rs"]
mod raw_socket_calls;
#[path = "../tests/it/docker/recordings/step.rs"]
mod step;

use self::step::{Names, RecordedAnswer, Recording};

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let mut arguments = std::env::args().skip(1);
    let socket = PathBuf::from(arguments.next().unwrap());
    let name = |argument: String| {
        let (name, id) = argument.split_once('=').unwrap();
        (name.to_owned(), id.to_owned())
    };
    let mut names: Names = arguments.map(name).collect();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/recordings/docker.json");
    let mut recording: Recording = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let version = raw_socket_calls::call(&socket, "GET", "/version", None, "").await.json();
    let told = |member: &str| version[member].as_str().unwrap_or_default().to_owned();
    recording.engine = format!("Docker {}, API {}", told("Version"), told("ApiVersion"));
    for step in &mut recording.steps {
        step.seen = RecordedAnswer::default();
        step.seen = step.carry_out(&socket, &mut names).await;
    }
    let lines: Vec<_> =
        recording.steps.iter().map(|step| serde_json::to_string(step).unwrap()).collect();
    let engine = Value::from(recording.engine);
    println!("{{\"engine\":{engine},\"steps\":[\n{}\n]}}", lines.join(",\n"));
}
