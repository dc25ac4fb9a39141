//! Compose files as callers see them: a corpus of files, spelled in every way.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod base;
mod canonical;
mod checker;
mod corpus;
#[path = "../../../sandbox/src/coolify/kept.rs"]
mod kept;
mod limits;
mod mutate;
mod plants;
mod reading;
mod spell;
mod spelled;
