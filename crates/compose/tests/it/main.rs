//! Compose files as callers see them: a corpus of files, spelled in every way.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use covibe_compose::{Compose, Request, Rules};
use covibe_domain::Failure;

mod accepted_file_contents;
mod canonical_text_reader;
mod corpus;
mod exceeded_limits;
mod forbidden_parts;
mod inline_files;
mod loader;
mod mutated_files;
mod named_files;
mod processor_time;
mod published_files;
mod random_accepted_files;
mod repository_files;
mod resource_limits;
mod safety_checker;
#[path = "../../../sandbox/src/coolify/compose/stored_variables.rs"]
mod stored_variables;
mod volume_preservation;
mod volumes;
mod yaml_spelling_writer;
mod yaml_spellings;

/// Takes a file as a call does that sets the variables which files of the corpus require.
fn compose(text: &str) -> Result<Compose, Failure> {
    let variables = [("ADMIN_EMAIL", "a@b.test"), ("E", "e"), ("COMPOSE_PROFILES", "jobs")]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
    let rules = Rules { max_memory: Some("16g".to_owned()), ..Rules::default() };
    covibe_compose::compose(text, &Request { variables, rules, ..Request::default() })
}
