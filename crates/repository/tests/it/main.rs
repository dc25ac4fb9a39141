//! Properties of the judge.

mod large_contents;
#[path = "../../../compose/tests/it/processor_time.rs"]
mod processor_time;
mod repeated_contents;
mod submodule_links;
mod symbolic_links;
