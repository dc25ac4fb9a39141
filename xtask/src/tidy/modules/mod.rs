//! The modules of a crate do not depend on each other in a circle.
//!
//! At every depth, the sibling modules and the code of their parent's own file form a graph: `a`
//! points to `b` where `a`, or a module below it, names an item of `b`, or of a module below it. A
//! path to a re-export counts as a path to the module that defines the item. Test code does not
//! count, nor do the `use` and `mod` lines with which a parent names its own children.
//!
//! The rule reads the syntax only. It does not see methods, and takes a name that a macro generates
//! for an item of the module that the path names.

mod graph;
mod resolve;
mod syntax_paths;
mod tree;

use super::checked_files::{Crate, Finding, Workspace};

use graph::Cycle;
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
    graphs.iter().flat_map(graph::cycles).map(|cycle| finding(&cycle)).collect()
}

fn finding(cycle: &Cycle<'_>) -> Finding {
    let first = cycle.edges[0].site;
    let edges: Vec<_> = cycle.edges.iter().map(|edge| format!("\n    {edge}")).collect();
    let message =
        format!("modules depend on each other; move what both need below them:{}", edges.concat());
    Finding::new(first.file, first.line, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The edges of the cycles in a crate of these files, each without the sentence before it.
    fn cycles(files: &[(&str, &str)]) -> Vec<Vec<String>> {
        check(&workspace(files)).iter().map(edges).collect()
    }

    fn edges(finding: &Finding) -> Vec<String> {
        finding.message.lines().skip(1).map(|line| line.trim().to_owned()).collect()
    }

    fn workspace(files: &[(&str, &str)]) -> Workspace {
        let files: Vec<_> =
            files.iter().map(|(path, text)| (format!("crates/x/src/{path}"), *text)).collect();
        let files: Vec<_> = files.iter().map(|(path, text)| (path.as_str(), *text)).collect();
        let crates = Workspace::of_crate("covibe-x", &[]).crates;
        Workspace { crates, ..Workspace::of_files(&files) }
    }

    const NO_CYCLE: [Vec<String>; 0] = [];

    #[test]
    fn sibling_modules_that_use_each_other_are_a_cycle() {
        let lib = ("lib.rs", "mod a;\nmod b;\n");
        let a = ("a.rs", "use crate::b::B;\npub struct A;\n");
        let good = [lib, a, ("b.rs", "pub struct B;\n")];
        assert_eq!(cycles(&good), NO_CYCLE);
        let bad = [lib, a, ("b.rs", "pub struct B;\nimpl B {\n    fn a(_: super::a::A) {}\n}\n")];
        assert_eq!(cycles(&bad), [["a.rs:1 → b.rs", "b.rs:3 → a.rs"]]);
    }

    #[test]
    fn a_cycle_is_reported_at_its_first_use() {
        let files = [
            ("lib.rs", "mod a;\nmod b;\n"),
            ("a.rs", "//! A.\nuse crate::b::B;\npub struct A;\n"),
            ("b.rs", "use crate::a::A;\npub struct B;\n"),
        ];
        let findings = check(&workspace(&files));
        assert_eq!((findings[0].path.as_str(), findings[0].line), ("crates/x/src/a.rs", 2));
    }

    #[test]
    fn further_uses_of_the_same_edge_are_counted() {
        let b =
            "use super::a::A;\nuse super::a::C;\nfn c() -> C { super::a::c() }\npub struct B;\n";
        let files = [
            ("lib.rs", "mod a;\nmod b;\n"),
            ("a.rs", "use super::b::B;\npub struct A;\npub struct C;\npub fn c() -> C { C }\n"),
            ("b.rs", b),
        ];
        assert_eq!(cycles(&files), [["a.rs:1 → b.rs", "b.rs:1 → a.rs (and 3 more)"]]);
    }

    #[test]
    fn a_cycle_of_three_modules_is_one_finding() {
        let files = [
            ("main.rs", "mod a;\nmod b;\nmod c;\n"),
            ("a.rs", "use crate::b::B;\npub struct A;\n"),
            ("b.rs", "use crate::c::C;\npub struct B;\n"),
            ("c.rs", "use crate::a::A;\npub struct C;\n"),
        ];
        assert_eq!(cycles(&files), [["a.rs:1 → b.rs", "b.rs:1 → c.rs", "c.rs:1 → a.rs"]]);
    }

    #[test]
    fn a_re_export_is_followed_to_the_module_that_defines_the_item() {
        let lib = ("lib.rs", "mod a;\nmod b;\npub use a::A;\nuse b::{B as Renamed, inner};\n");
        let b = ("b.rs", "pub mod inner { pub struct I; }\npub struct B(crate::A);\n");
        assert_eq!(cycles(&[lib, ("a.rs", "pub struct A;\n"), b]), NO_CYCLE);
        for path in ["crate::Renamed", "super::inner::I", "crate::b::inner::I"] {
            let a = format!("pub struct A;\nfn b(_: {path}) {{}}\n");
            let expected = [["a.rs:2 → b.rs", "b.rs:2 → a.rs"]];
            assert_eq!(cycles(&[lib, ("a.rs", &a), b]), expected, "{path}");
        }
    }

    #[test]
    fn a_module_that_re_exports_an_item_of_a_sibling_counts_in_the_cycle() {
        let files = [
            ("lib.rs", "mod a;\nmod b;\nmod c;\n"),
            ("a.rs", "use crate::b::C;\npub struct A;\n"),
            ("b.rs", "pub use crate::c::C;\nuse crate::a::A;\n"),
            ("c.rs", "pub struct C;\n"),
        ];
        assert_eq!(cycles(&files), [["a.rs:1 → b.rs", "b.rs:2 → a.rs"]]);
    }

    #[test]
    fn a_parent_that_calls_a_child_which_uses_its_items_is_a_cycle() {
        let child = ("a.rs", "use super::Limit;\npub fn run(_: Limit) {}\n");
        let declares = "mod a;\npub use a::run;\npub struct Limit;\n";
        assert_eq!(cycles(&[("lib.rs", declares), child]), NO_CYCLE);
        for call in ["run(Limit)", "a::run(Limit)", "self::a::run(Limit)", "vec![run(Limit)]"] {
            let calls = format!("{declares}fn all() {{ {call}; }}\n");
            let expected = [["lib.rs:4 → a.rs", "a.rs:1 → lib.rs"]];
            let mut found = cycles(&[("lib.rs", &calls), child]);
            found
                .iter_mut()
                .flatten()
                .for_each(|edge| edge.truncate(edge.find(" (").unwrap_or(edge.len())));
            assert_eq!(found, expected, "{call}");
        }
    }

    #[test]
    fn uses_within_a_folder_count_for_the_whole_folder() {
        let lib = ("lib.rs", "mod a;\nmod b;\n");
        let a = [("a/mod.rs", "mod x;\nmod y;\n"), ("a/x.rs", "use crate::b::z::Z;\n")];
        let b = [("b.rs", "pub mod z;\n"), ("b/z.rs", "pub struct Z;\npub use crate::a::y::Y;\n")];
        let files = [lib, a[0], a[1], ("a/y.rs", "pub struct Y;\n"), b[0], b[1]];
        assert_eq!(cycles(&files), [["a/x.rs:1 → b/z.rs", "b/z.rs:2 → a/y.rs"]]);
        let files = [
            ("lib.rs", "mod a;\n"),
            a[0],
            ("a/x.rs", "use super::y::Y;\npub struct X;\n"),
            ("a/y.rs", "use super::super::a::x::X;\npub struct Y;\n"),
        ];
        assert_eq!(cycles(&files), [["a/x.rs:1 → a/y.rs", "a/y.rs:1 → a/x.rs"]]);
    }

    #[test]
    fn naming_a_parent_module_is_not_a_dependency_on_its_items() {
        let files = [
            ("lib.rs", "mod a;\nfn all() { a::x::run() }\n"),
            ("a/mod.rs", "pub mod x;\nmod y;\npub fn all() { x::run() }\n"),
            ("a/x.rs", "use crate::a;\npub fn run() { a::y::run() }\n"),
            ("a/y.rs", "pub fn run() {}\n"),
        ];
        assert_eq!(cycles(&files), NO_CYCLE);
    }

    #[test]
    fn uses_in_tests_are_ignored() {
        let files = [
            ("lib.rs", "mod a;\nmod b;\n#[cfg(test)]\nmod c;\n"),
            ("a.rs", "use crate::b::B;\npub struct A;\n"),
            ("b.rs", "pub struct B;\n#[cfg(test)]\nmod tests { use crate::a::A; }\n"),
            ("c.rs", "use crate::a::A;\n"),
        ];
        assert_eq!(cycles(&files), NO_CYCLE);
        let b = "pub struct B;\n#[cfg(test)]\nimpl B { fn a() -> crate::a::A {} }\n#[test]\nfn t() { crate::a::f() }\n";
        assert_eq!(cycles(&[files[0], files[1], ("b.rs", b)]), NO_CYCLE);
    }

    #[test]
    fn comments_strings_and_other_crates_are_ignored() {
        let files = [
            ("lib.rs", "mod a;\nmod b;\n"),
            ("a.rs", "use crate::b::B;\npub struct A;\n"),
            (
                "b.rs",
                "/// [crate::a::A]\npub struct B;\nfn b(a: u8) { ::a::f(a.a, \"crate::a::A\") }\n",
            ),
        ];
        assert_eq!(cycles(&files), NO_CYCLE);
    }

    #[test]
    fn uses_in_macros_and_attributes_are_counted() {
        let edge = |b: &str| {
            let lib = ("lib.rs", "#[macro_use]\nmod a;\nmod b;\n");
            let a = "use crate::b::B;\nmacro_rules! make { ($t:ty) => { $crate::b::B } }\npub struct A;\n";
            cycles(&[lib, ("a.rs", a), ("b.rs", b)]).len()
        };
        assert_eq!(edge("pub struct B;\nfn b() { make!(u8) }\n"), 1);
        assert_eq!(edge("pub struct B;\nfn b() { assert!(x, \"{}\", crate::a::f()) }\n"), 1);
        assert_eq!(edge("#[serde(with = \"crate::a::A\")]\npub struct B;\n"), 1);
        assert_eq!(edge("pub struct B;\nmacro_rules! own { () => { $crate::a::A } }\n"), 1);
        assert_eq!(edge("pub struct B;\nfn b() { other!(A) }\n"), 0);
    }

    #[test]
    fn an_unparsable_rust_file_is_reported() {
        let findings = check(&workspace(&[("lib.rs", "mod a;\n"), ("a.rs", "\nfn {\n")]));
        assert_eq!((findings[0].path.as_str(), findings[0].line), ("crates/x/src/a.rs", 2));
    }
}
