//! The HTTP API of a runner, and its doors.
//!
//! | request | answer |
//! |---|---|
//! | `POST /api/agent/run` | 202: a job that is queued, or the one that has the same key |
//! | `GET /api/jobs?status=` | the newest 200 jobs |
//! | `GET /api/jobs/{id}` | a job, with head and tail of what its agent printed |
//! | `GET /api/jobs/{id}/events` | its status and output as they come, resumed by `Last-Event-ID` |
//! | `POST /api/jobs/{id}/cancel` | 200: cancelled; 202: it still ends |
//! | `GET /api/agents` | the agents |
//! | `GET /health?challenge=` | 200 for everyone; on loopback, a proof that the runner has the token |

mod answer;
mod body;
mod event_stream;
mod request_checks;
mod routes;
mod server;

pub use server::{Serving, serve};
