//! Properties of the judge.

mod repeated_contents;
mod symbolic_links;
