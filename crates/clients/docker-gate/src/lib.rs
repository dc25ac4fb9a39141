//! The part of Docker's Engine API that the restricted account of a docker host may use.
//!
//! `covibe-docker-gate` (in `bins`) is this crate between standard input and output, which carry one
//! HTTP/1.1 connection, and the engine's socket. [`end_processes`] also serves callers that have the
//! engine on their own machine.
//!
//! The gate lets through the calls that Co-Vibe makes, and refuses all others with 403 and
//! `{"message":"covibe-docker-gate: …"}`; the connection stays usable. If the engine can't be
//! reached, the answer is 502 in the same form. Four calls are the gate's own:
//!
//! - `GET /covibe/gate` → `{"gate":"2.4.0","kill":true}`: its version, and whether it may signal the
//!   processes of other users.
//! - `GET /covibe/containers` → `[{"Id":"…","Names":["/web-…"],"Labels":{…}}]`: the containers of all
//!   resources that run, restart or are paused. Only the labels
//!   of compose's and Coolify's project are included.
//! - `GET /covibe/containers/{id}/image` → `{"labels":{…}}`: the labels that the container has from its
//!   image, with the image's values; or `{"tooMany":true}` if the container or the image has more than
//!   1,000 labels or more than 1 MiB of them.
//! - `POST /covibe/exec/{id}/kill`, without a body or with `{"marker":"…"}`, the value of the variable
//!   [`resource_names::Marker::VARIABLE`] with which the exec was created → `{"ended":2,"remaining":0,
//!   "maySignal":true,"sawAll":true,"running":false,"exitCode":137}`: the fields of [`EndedProcesses`], and what
//!   the engine says of the exec afterwards. It takes at most 10 seconds.
//!
//! `POST /exec/{id}/start` answers as the engine does. With `Upgrade: tcp` that is 101 and the raw
//! stream, after which the connection ends. Otherwise it is 200 and the same stream in chunks, and the
//! connection stays usable. If the client closes its side meanwhile, the gate ends the command and its
//! children.
//!
//! Access to Docker's socket is root on the host, so a fault in the server must not suffice for it: the gate
//! decides on the host, and knows no tenants. `http` reads requests strictly: one parser decides where a message
//! ends, and unknown syntax ends the connection. `policy` is pure: a request becomes a `Call` from a closed list,
//! or a refusal, and only known members of queries and bodies are taken. `engine` looks at the container first,
//! each time, by its full id. `session` sends the engine a request that was built anew, on a connection of its own,
//! and passes the answer on piece by piece. `processes` holds processes by pidfd before it signals them, and knows
//! a container's processes by their control group. A property test compares forwarded requests with a second
//! description of the allowed ones (`policy/tests/independent_policy.rs`).

mod engine;
mod http;
mod policy;
mod processes;
pub mod resource_names;
mod session;

pub use processes::{EndedProcesses, Execution, end_processes, may_signal};
pub use session::{Settings, serve};
