//! What a program does.

use crate::docker::programs::Stream;
use crate::docker::script::Step;

/// What a program does.
pub(in crate::docker::shell) struct Outcome {
    pub(in crate::docker::shell) steps: Vec<Step>,
    pub(in crate::docker::shell) code: i64,
}

impl Outcome {
    pub(super) fn new(text: impl Into<Vec<u8>>) -> Self {
        let text = text.into();
        let steps =
            if text.is_empty() { Vec::new() } else { vec![Step::Write(Stream::Stdout, text)] };
        Self { steps, code: 0 }
    }

    pub(super) fn ended(code: i64) -> Self {
        Self { steps: Vec::new(), code }
    }

    pub(super) fn failed(code: i64, text: &str) -> Self {
        let text = format!("{text}\n").into_bytes();
        Self { steps: vec![Step::Write(Stream::Stderr, text)], code }
    }
}
