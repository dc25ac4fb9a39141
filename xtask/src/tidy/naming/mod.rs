//! Names that a search does not find, and sentences whose subject is a clause.

mod unclear_name_kinds;

use proc_macro2::{TokenStream, TokenTree};
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{
    AttrStyle, Attribute, Expr, Ident, ImplItemFn, ItemFn, ItemImpl, Lit, Macro, Meta, TraitItemFn,
};

use self::unclear_name_kinds::{Kind, SHORT};
use super::checked_files::{File, Finding, Workspace};

/// The number of source files with fewer than [`SHORT`] lines that the project has. It may only fall.
const SHORT_FILES: usize = 251;

/// An occurrence of a kind.
#[derive(Debug, PartialEq, Eq)]
struct Occurrence<'a> {
    /// The kind.
    kind: Kind,
    /// The file's path.
    path: &'a str,
    /// The line, from 1.
    line: usize,
}

/// Reports each unclear name and sentence, and a changed number of short files.
pub(super) fn check(workspace: &Workspace) -> Vec<Finding> {
    let (short, unclear): (Vec<_>, Vec<_>) = workspace
        .sources()
        .flat_map(occurrences)
        .partition(|occurrence| occurrence.kind == Kind::ShortFile);
    let unclear = unclear.into_iter().map(|occurrence| {
        let message = format!("{}: {}", occurrence.kind.description(), occurrence.kind.advice());
        Finding::new(occurrence.path, occurrence.line, message)
    });
    unclear.chain(compare_short_files(short.len(), SHORT_FILES)).collect()
}

/// Returns a finding if the number of short files is not the recorded one.
fn compare_short_files(count: usize, recorded: usize) -> Option<Finding> {
    let remedy = match count.cmp(&recorded) {
        std::cmp::Ordering::Equal => return None,
        std::cmp::Ordering::Less => "lower `SHORT_FILES` to it",
        std::cmp::Ordering::Greater => Kind::ShortFile.advice(),
    };
    let message =
        format!("{count} {}, but {recorded} are recorded: {remedy}", Kind::ShortFile.description());
    Some(Finding::new("xtask/src/tidy/naming/mod.rs", 1, message))
}

/// Returns every occurrence of a kind in a Rust source.
fn occurrences(file: &File) -> Vec<Occurrence<'_>> {
    let mut visitor = Visitor::default();
    // The compiler reports what can't be parsed.
    if let Ok(parsed) = file.parsed() {
        visitor.visit_file(parsed);
    }
    if is_short(file) {
        visitor.places.push((Kind::ShortFile, 1));
    }
    let place = |(kind, line)| Occurrence { kind, path: &file.path, line };
    visitor.places.into_iter().map(place).collect()
}

/// Returns whether a file is a short source, and not one of tests.
fn is_short(file: &File) -> bool {
    let is_test = file.path.contains("/tests/") || file.path.ends_with("/tests.rs");
    file.path.contains("/src/") && !is_test && file.lines().count() < SHORT
}

/// The places of a file, each with its line.
#[derive(Default)]
struct Visitor {
    places: Vec<(Kind, usize)>,
    /// True inside of `impl Trait for Type`, where the trait gives the names.
    is_in_trait_impl: bool,
    /// The last line of the latest doc comment, and true for `//!`: the next line continues it.
    latest_doc: Option<(usize, bool)>,
}

impl Visitor {
    fn record(&mut self, kind: Option<Kind>, line: usize) {
        self.places.extend(kind.map(|kind| (kind, line)));
    }

    fn record_function(&mut self, name: &Ident) {
        self.record(Kind::from_function(&name.to_string()), name.span().start().line);
    }

    fn record_test(&mut self, name: &Ident) {
        self.record(Kind::from_test(&name.to_string()), name.span().start().line);
    }

    /// Records the functions of `proptest! { … }`, each of which is a test.
    fn record_properties(&mut self, tokens: TokenStream) {
        let mut follows_fn = false;
        for token in tokens {
            if let TokenTree::Ident(name) = &token {
                if follows_fn {
                    self.record_test(name);
                }
                follows_fn = name == "fn";
            }
        }
    }
}

impl<'ast> Visit<'ast> for Visitor {
    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        let Some(text) = doc(attribute) else { return };
        let (start, end) = (attribute.span().start().line, attribute.span().end().line);
        let is_inner = matches!(attribute.style, AttrStyle::Inner(_));
        if self.latest_doc != Some((start - 1, is_inner)) {
            self.record(Kind::from_doc(&text), start);
        }
        self.latest_doc = Some((end, is_inner));
    }

    fn visit_item_fn(&mut self, item: &'ast ItemFn) {
        self.record_function(&item.sig.ident);
        if item.attrs.iter().any(is_test) {
            self.record_test(&item.sig.ident);
        }
        visit::visit_item_fn(self, item);
    }

    fn visit_item_impl(&mut self, item: &'ast ItemImpl) {
        let outer = std::mem::replace(&mut self.is_in_trait_impl, item.trait_.is_some());
        visit::visit_item_impl(self, item);
        self.is_in_trait_impl = outer;
    }

    fn visit_impl_item_fn(&mut self, item: &'ast ImplItemFn) {
        if !self.is_in_trait_impl {
            self.record_function(&item.sig.ident);
        }
        visit::visit_impl_item_fn(self, item);
    }

    fn visit_trait_item_fn(&mut self, item: &'ast TraitItemFn) {
        self.record_function(&item.sig.ident);
        visit::visit_trait_item_fn(self, item);
    }

    fn visit_macro(&mut self, item: &'ast Macro) {
        if item.path.is_ident("proptest") {
            self.record_properties(item.tokens.clone());
        }
    }
}

/// Returns the text of a line of a doc comment.
fn doc(attribute: &Attribute) -> Option<String> {
    let Meta::NameValue(pair) = &attribute.meta else { return None };
    let Expr::Lit(value) = &pair.value else { return None };
    let Lit::Str(text) = &value.lit else { return None };
    pair.path.is_ident("doc").then(|| text.value())
}

/// Returns whether an attribute makes a test, such as `#[test]` or `#[tokio::test]`.
fn is_test(attribute: &Attribute) -> bool {
    attribute.path().segments.last().is_some_and(|segment| segment.ident == "test")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(path: &str, text: &str) -> Vec<(Kind, usize)> {
        let file = File::new(path, text.to_owned());
        occurrences(&file).into_iter().map(|place| (place.kind, place.line)).collect()
    }

    fn kinds_in_test(text: &str) -> Vec<(Kind, usize)> {
        kinds("crates/a/tests/it/a.rs", text)
    }

    fn expected(kind: Kind, lines: &[usize]) -> Vec<(Kind, usize)> {
        lines.iter().map(|line| (kind, *line)).collect()
    }

    #[test]
    fn reports_each_unclear_name_with_its_place() {
        let source = "//! What it does.\n\nfn end() {}\n";
        let workspace = Workspace::of_files(&[("crates/a/tests/it/a.rs", source)]);
        let found: Vec<_> = check(&workspace).iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), 3, "{found:?}");
        let head = "crates/a/tests/it/a.rs:1: a doc comment that begins with `What`: begin with ";
        assert!(found[0].starts_with(head), "{}", found[0]);
        let head = "crates/a/tests/it/a.rs:3: a function with the name `end`: name a function by ";
        assert!(found[1].starts_with(head), "{}", found[1]);
        assert!(found[2].contains("lower `SHORT_FILES` to it"), "{}", found[2]);
    }

    #[test]
    fn a_changed_number_of_short_files_is_reported() {
        assert_eq!(compare_short_files(3, 3), None);
        let message = |count| compare_short_files(count, 3).unwrap().message;
        assert!(
            message(2).starts_with("2 source files with fewer than 40 lines, but 3 are recorded")
        );
        assert!(
            message(4).ends_with("put the items of such a file into another one of the same topic")
        );
    }

    #[test]
    fn finds_functions_methods_and_methods_of_traits() {
        let text = "fn end() {}\nimpl A {\n    async fn end(&self) {}\n}\ntrait B {\n    fn end();\n}\n\
                    fn end_session() {}\nfn a() {\n    fn end() {}\n}\n";
        assert_eq!(kinds_in_test(text), expected(Kind::Function("end"), &[1, 3, 6, 10]));
    }

    #[test]
    fn ignores_names_that_a_trait_gives() {
        let text = "impl Serialize for A {\n    fn end(self) {\n        fn told() {}\n    }\n}\n";
        assert_eq!(kinds_in_test(text), expected(Kind::Function("told"), &[3]));
    }

    #[test]
    fn finds_tests_by_their_first_word() {
        let text = "#[test]\nfn is_read() {}\n#[tokio::test(start_paused)]\nasync fn is_read() {}\n\
                    fn is_helper() {}\n#[test]\nfn island() {}\n";
        assert_eq!(kinds_in_test(text), expected(Kind::Test("is"), &[2, 4]));
    }

    #[test]
    fn property_tests_are_found_by_their_first_word() {
        let text =
            "proptest! {\n    #[test]\n    fn what_is_read(a in 0..1) { fn what_is() {} }\n}\n";
        assert_eq!(kinds_in_test(text), expected(Kind::Test("what"), &[3]));
    }

    #[test]
    fn the_first_doc_line_of_modules_and_items_is_found() {
        let text = "//! What it is.\n//! What more.\n\n/// Reads.\n/// What it reads.\nfn a() {}\n\
                    /// What\n/// it reads.\n#[cold]\nfn b() {}\nimpl A {\n    /// What it reads.\n    \
                    const C: u8 = 1;\n}\n";
        assert_eq!(kinds_in_test(text), expected(Kind::Doc("What"), &[1, 7, 12]));
    }

    #[test]
    fn finds_docs_of_members_and_ignores_plain_comments() {
        let text = "// What it is.\n/// A.\nstruct A {\n    /// What it is.\n    b: u8,\n}\nenum B {\n    \
                    /// What it is.\n    C,\n}\n";
        assert_eq!(kinds_in_test(text), expected(Kind::Doc("What"), &[4, 8]));
    }

    #[test]
    fn source_files_with_fewer_than_40_lines_are_found() {
        let lines = |count| "//\n".repeat(count);
        assert_eq!(kinds("crates/a/src/a.rs", &lines(39)), expected(Kind::ShortFile, &[1]));
        assert!(kinds("crates/a/src/a.rs", &lines(40)).is_empty());
        for path in ["crates/a/src/tests.rs", "crates/a/src/tests/a.rs", "crates/a/tests/it/a.rs"] {
            assert!(kinds(path, &lines(39)).is_empty(), "{path}");
        }
    }
}
