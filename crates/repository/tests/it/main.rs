//! Properties of the judge.

mod links;
