//! Switches on the same features of shared dependencies for every crate.
//!
//! Cargo compiles a dependency once for each set of features, and the set depends on which packages a command
//! names: `cargo test --workspace`, `cargo test -p covibe-tools` and `cargo build -p covibe-server` would each compile
//! most of the tree again. Every crate depends on this one, so the set is always the same, and the tests start the
//! program that ships. The manifest is written by `cargo hakari generate`.
