//! Compose files as callers see them: a corpus of files, spelled in every way.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod base;
mod canonical;
mod checker;
mod corpus;
mod limits;
mod mutate;
mod plants;
mod reading;
mod spell;
mod spelled;
#[path = "../../../sandbox/src/coolify/compose/stored_variables.rs"]
mod stored_variables;
