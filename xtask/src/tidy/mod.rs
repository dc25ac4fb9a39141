//! `cargo xtask tidy`: the rules of the house that the compiler does not check.
//!
//! Each rule is a function over the [`Workspace`] in a file of its own; adding one is that file and
//! a line in [`RULES`].

mod environment;
mod heads;
mod layers;
mod links;
mod lock;
mod manifests;
mod markers;
mod migrations;
mod owners;
mod top_level;
mod whitespace;
mod workspace;

use std::fmt;

use anyhow::{Result, bail};

use workspace::Workspace;

/// Every rule, in the order in which it reports.
const RULES: [fn(&Workspace) -> Vec<Finding>; 11] = [
    top_level::check,
    layers::check,
    owners::check,
    manifests::check,
    lock::check,
    environment::check,
    heads::check,
    whitespace::check,
    markers::check,
    migrations::check,
    links::check,
];

/// One violation: where, and what to do about it.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    path: String,
    line: usize,
    message: String,
}

impl Finding {
    /// `line` counts from 1.
    fn new(path: impl Into<String>, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.into(), line, message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

/// Prints every violation; fails when there is one.
pub(crate) fn run() -> Result<()> {
    let workspace = Workspace::load()?;
    let findings: Vec<_> = RULES.iter().flat_map(|rule| rule(&workspace)).collect();
    for finding in &findings {
        println!("{finding}");
    }
    match findings.len() {
        0 => Ok(()),
        1 => bail!("1 violation"),
        many => bail!("{many} violations"),
    }
}
