//! The way to a server: the calls, what an answer means, who the key stands for, and when to try again.

mod answer_judgement;
mod backoff;
mod http;
mod identity;

use std::fmt;
use std::future::Future;

use covibe_domain::companion::{ActivityKey, Batch};

use crate::origin::Origin;
use crate::server::ServerAnswer;

pub use answer_judgement::{
    BatchResult, ItemFate, Judgement, judge_batch, judge_forget, judge_identity,
};
pub use backoff::{Backoff, ServerState};
pub use http::HttpUplink;
pub use identity::{Identities, Identity};

/// A call to a server.
#[derive(Clone, Copy, Debug)]
pub enum Call<'a> {
    /// Asks whom the key stands for.
    Identity,
    /// Sends a batch.
    Batch(&'a Batch),
    /// Asks to forget what a machine reported of a repository.
    Forget {
        /// The repository.
        repo: &'a ActivityKey,
        /// The machine.
        machine: &'a ActivityKey,
    },
}

/// The reason why a call has no answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CallError {
    /// There is no key of the type `companion` for the server, or the credentials cannot be read.
    NoKey(String),
    /// A proxy or a certificate authority of the environment is not noted, so the key was not sent.
    UntrustedNetwork(String),
    /// The server did not answer.
    NoAnswer(String),
}

impl fmt::Display for CallError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoKey(reason) | Self::UntrustedNetwork(reason) | Self::NoAnswer(reason) => {
                f.write_str(reason)
            }
        }
    }
}

/// A way to servers.
pub trait Uplink {
    /// Makes a call.
    fn call(
        &self,
        server: &Origin,
        call: Call<'_>,
    ) -> impl Future<Output = Result<ServerAnswer, CallError>>;

    /// Returns a tag of the key for a server; `None` without a key.
    fn key_tag(&self, server: &Origin) -> Option<String>;
}
