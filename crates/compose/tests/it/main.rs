//! Compose files as callers see them: a corpus of files, spelled in every way.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use covibe_compose::{Compose, Request, Rules};
use covibe_domain::Failure;

mod base;
mod canonical;
mod checker;
mod committed;
mod corpus;
mod edits;
mod limits;
mod loader;
mod mutate;
mod plants;
mod reading;
mod shapes;
mod spell;
mod spelled;
#[path = "../../../sandbox/src/coolify/compose/stored_variables.rs"]
mod stored_variables;
mod texts;
mod two_places;
mod volumes;

/// Takes a file as a call does that sets the variables which files of the corpus require.
fn compose(text: &str) -> Result<Compose, Failure> {
    let variables = vec![("ADMIN_EMAIL", "a@b.test"), ("E", "e"), ("COMPOSE_PROFILES", "jobs")];
    let rules = Rules { max_memory: Some("16g".to_owned()), ..Rules::default() };
    covibe_compose::compose(text, &Request { variables, rules, ..Request::default() })
}
