//! The modules of a crate do not depend on each other in a circle.
//!
//! At every depth, the sibling modules and the code of their parent's own file form a graph: `a`
//! points to `b` where `a`, or a module below it, names an item of `b`, or of a module below it. A
//! path to a re-export counts as a path to the module that defines the item. Test code does not
//! count, nor do the `use` and `mod` lines with which a parent names its own children.
//!
//! The rule reads the syntax only. It does not see methods, and takes a name that a macro generates
//! for an item of the module that the path names.

mod cycle;
mod graph;
mod paths;
mod resolve;
mod scope;
mod tree;

use super::workspace::{Crate, Finding, Workspace};

use cycle::Cycle;
use tree::Tree;

pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let sources = workspace.crates.iter().map(Crate::source);
    let roots =
        sources.flat_map(|source| ["lib.rs", "main.rs"].map(|name| format!("{source}{name}")));
    roots
        .filter(|root| workspace.file(root).is_some())
        .flat_map(|root| of_target(workspace, &root))
        .collect()
}

/// The cycles of the library or program whose root file is `root`.
fn of_target(workspace: &Workspace, root: &str) -> Vec<Finding> {
    let tree = match Tree::load(workspace, root) {
        Ok(tree) => tree,
        Err(finding) => return vec![finding],
    };
    let graphs = graph::graphs(&tree);
    graphs.iter().flat_map(cycle::cycles).map(|cycle| finding(&cycle)).collect()
}

fn finding(cycle: &Cycle<'_>) -> Finding {
    let first = cycle.edges[0].site;
    let edges: Vec<_> = cycle.edges.iter().map(|edge| format!("\n    {edge}")).collect();
    let message =
        format!("modules depend on each other; move what both need below them:{}", edges.concat());
    Finding::new(first.file, first.line, message)
}

#[cfg(test)]
mod tests;
