//! The paths that a piece of syntax names.

use proc_macro2::{Spacing, TokenStream, TokenTree};
use syn::spanned::Spanned;

/// A path and the line on which it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NamedPath {
    /// The segments, `crate`, `self` and `super` included; at least one.
    pub(super) segments: Vec<String>,
    /// The line, from 1.
    pub(super) line: usize,
}

/// One leaf of a `use` tree.
pub(super) struct Leaf {
    /// The item that it imports; for `path::*`, the module.
    pub(super) named: NamedPath,
    /// The name that it brings into scope; `None` for `*` and `_`.
    pub(super) alias: Option<String>,
    /// True if it is `path::*`.
    pub(super) is_glob: bool,
}

/// Returns the leaves of a `use` tree.
pub(super) fn leaves(tree: &syn::UseTree) -> Vec<Leaf> {
    let mut leaves = Vec::new();
    walk(tree, &[], &mut leaves);
    leaves
}

fn walk(tree: &syn::UseTree, above: &[String], leaves: &mut Vec<Leaf>) {
    let below = |ident: &syn::Ident| [above, &[ident.to_string()]].concat();
    let mut leaf = |segments: Vec<String>, alias: Option<&syn::Ident>, is_glob: bool| {
        // `{self}` imports the path before it.
        let is_self = !above.is_empty() && segments.last().is_some_and(|last| last == "self");
        let segments = if is_self { above.to_vec() } else { segments };
        let last = segments.last().cloned();
        let alias = match alias {
            Some(alias) => Some(alias.to_string()).filter(|alias| alias != "_"),
            None => last.filter(|_| !is_glob),
        };
        let named = NamedPath { segments, line: tree.span().start().line };
        leaves.push(Leaf { named, alias, is_glob });
    };
    match tree {
        syn::UseTree::Path(path) => walk(&path.tree, &below(&path.ident), leaves),
        syn::UseTree::Name(name) => leaf(below(&name.ident), None, false),
        syn::UseTree::Rename(rename) => leaf(below(&rename.ident), Some(&rename.rename), false),
        syn::UseTree::Glob(_) => leaf(above.to_vec(), None, true),
        syn::UseTree::Group(group) => {
            group.items.iter().for_each(|item| walk(item, above, leaves));
        }
    }
}

/// Returns the segments of a path; `None` where it begins with `::`, which names another crate.
pub(super) fn from_path(path: &syn::Path) -> Option<NamedPath> {
    let segments: Vec<_> = path.segments.iter().map(|part| part.ident.to_string()).collect();
    let is_ours = path.leading_colon.is_none() && !segments.is_empty();
    is_ours.then(|| NamedPath { segments, line: path.span().start().line })
}

/// Returns the paths among the tokens of a macro; `$crate` counts as `crate`.
pub(super) fn from_tokens(tokens: &TokenStream) -> Vec<NamedPath> {
    let trees: Vec<_> = tokens.clone().into_iter().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < trees.len() {
        match &trees[at] {
            TokenTree::Group(group) => found.extend(from_tokens(&group.stream())),
            TokenTree::Ident(_) => {
                let (named, end) = path_at(&trees, at);
                if is_path(&trees, at, end, &named) {
                    found.push(named);
                }
                at = end;
                continue;
            }
            TokenTree::Punct(_) | TokenTree::Literal(_) => {}
        }
        at += 1;
    }
    found
}

/// The longest path that begins at `start`, and where it ends.
fn path_at(trees: &[TokenTree], start: usize) -> (NamedPath, usize) {
    let line = trees[start].span().start().line;
    let mut segments = vec![trees[start].to_string()];
    let mut end = start + 1;
    while is_colons(trees, end)
        && let Some(TokenTree::Ident(ident)) = trees.get(end + 2)
    {
        segments.push(ident.to_string());
        end += 3;
    }
    (NamedPath { segments, line }, end)
}

/// Returns whether the identifiers from `start` to `end` are a path, not a field, a method, a
/// macro's parameter or the name of an argument.
fn is_path(trees: &[TokenTree], start: usize, end: usize, named: &NamedPath) -> bool {
    let follows = |mark: char| start > 0 && is_mark(trees.get(start - 1), mark);
    let is_from_crate = follows('$') && named.segments[0] == "crate";
    let is_after_colons = start > 1 && is_colons(trees, start - 2);
    if follows('.') || (follows('$') && !is_from_crate) || is_after_colons {
        return false;
    }
    let next = trees.get(end).filter(
        |tree| matches!(tree, TokenTree::Punct(punct) if punct.spacing() == Spacing::Alone),
    );
    named.segments.len() > 1 || !(is_mark(next, ':') || is_mark(next, '='))
}

fn is_colons(trees: &[TokenTree], at: usize) -> bool {
    is_mark(trees.get(at), ':') && is_mark(trees.get(at + 1), ':')
}

fn is_mark(tree: Option<&TokenTree>, mark: char) -> bool {
    matches!(tree, Some(TokenTree::Punct(punct)) if punct.as_char() == mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn spell(named: &[NamedPath]) -> Vec<String> {
        named.iter().map(|named| named.segments.join("::")).collect()
    }

    #[test]
    fn reads_every_leaf_of_a_use_tree() {
        let item: syn::ItemUse =
            syn::parse_str("use super::{self, a::{B as C, D as _}, e::*};").unwrap();
        let leaves = leaves(&item.tree);
        let of = |leaf: &Leaf| (leaf.named.segments.join("::"), leaf.alias.clone(), leaf.is_glob);
        let expected = [
            ("super", Some("super"), false),
            ("super::a::B", Some("C"), false),
            ("super::a::D", None, false),
            ("super::e", None, true),
        ];
        let expected = expected
            .map(|(path, alias, is_glob)| (path.to_owned(), alias.map(str::to_owned), is_glob));
        assert_eq!(leaves.iter().map(of).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn finds_paths_among_a_macros_tokens() {
        let tokens = "a::b(c.d, e = $crate::f::G, $h, i: [J; 2], K { l }, ::m::n)".parse().unwrap();
        assert_eq!(spell(&from_tokens(&tokens)), ["a::b", "c", "crate::f::G", "J", "K", "l"]);
    }
}
