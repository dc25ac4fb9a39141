//! Properties of the judge.

mod symbolic_links;
