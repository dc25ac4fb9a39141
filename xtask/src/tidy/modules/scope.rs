//! The items, imports and paths in one module's text.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Item};

use super::paths::{self, NamedPath};

/// A module's text, the modules inside it left out.
#[derive(Default)]
pub(super) struct Scope {
    /// The names of its items.
    pub(super) items: BTreeSet<String>,
    /// The names of its `macro_rules!` macros.
    pub(super) macros: BTreeSet<String>,
    /// The names that it imports.
    pub(super) imports: Vec<Import>,
    /// The modules that it imports from with `*`.
    pub(super) globs: Vec<NamedPath>,
    /// The paths of its code, `use` lines left out.
    pub(super) code: Vec<NamedPath>,
    /// The macros that it calls.
    pub(super) calls: Vec<NamedPath>,
    /// The modules that it declares with `mod`.
    pub(super) modules: Vec<Declared>,
}

/// A name that a module imports.
pub(super) struct Import {
    /// The name in this module; `None` for `_`.
    pub(super) alias: Option<String>,
    /// The path that is imported.
    pub(super) named: NamedPath,
}

/// A module that another one declares.
pub(super) struct Declared {
    /// Its name.
    pub(super) name: String,
    /// True if its macros are in scope in the modules after it.
    pub(super) has_macro_use: bool,
    /// Its text, where it stands between braces and not in a file of its own.
    pub(super) inline: Option<Scope>,
}

impl Scope {
    /// Reads a file, the test code left out.
    pub(super) fn read(file: &syn::File) -> Self {
        let mut scope = Self::default();
        scope.visit_file(file);
        scope
    }

    fn import(&mut self, tree: &syn::UseTree) {
        for leaf in paths::leaves(tree) {
            if leaf.is_glob {
                self.globs.push(leaf.named);
            } else {
                self.imports.push(Import { alias: leaf.alias, named: leaf.named });
            }
        }
    }

    fn declare(&mut self, module: &syn::ItemMod) {
        let inline = module.content.as_ref().map(|(_, items)| {
            let mut scope = Self::default();
            for item in items {
                scope.visit_item(item);
            }
            scope
        });
        let has_macro_use = module.attrs.iter().any(|a| a.path().is_ident("macro_use"));
        let name = module.ident.to_string();
        self.modules.push(Declared { name, has_macro_use, inline });
    }

    /// Takes the paths of an attribute's literals too, as in `#[serde(with = "crate::time")]`.
    fn literals(&mut self, tokens: &TokenStream) {
        for tree in tokens.clone() {
            match tree {
                TokenTree::Group(group) => self.literals(&group.stream()),
                TokenTree::Literal(literal) => {
                    let text = literal.to_string();
                    let path = syn::parse_str(text.trim_matches('"')).ok();
                    let named = path.and_then(|path: syn::Path| paths::from_path(&path));
                    let named = named.filter(|named| named.segments.len() > 1);
                    let line = literal.span().start().line;
                    self.code.extend(named.map(|named| NamedPath { line, ..named }));
                }
                TokenTree::Ident(_) | TokenTree::Punct(_) => {}
            }
        }
    }
}

impl<'ast> Visit<'ast> for Scope {
    fn visit_item(&mut self, item: &'ast Item) {
        if attributes(item).iter().any(is_test) {
            return;
        }
        match item {
            Item::Use(item) if item.leading_colon.is_none() => self.import(&item.tree),
            Item::Use(_) => {}
            Item::Mod(module) => self.declare(module),
            Item::Macro(item) => {
                let name = item.ident.as_ref().map(ToString::to_string);
                self.macros.extend(name);
                self.visit_macro(&item.mac);
            }
            _ => {
                self.items.extend(name(item));
                visit::visit_item(self, item);
            }
        }
    }

    fn visit_impl_item_fn(&mut self, function: &'ast syn::ImplItemFn) {
        if !function.attrs.iter().any(is_test) {
            visit::visit_impl_item_fn(self, function);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        self.code.extend(paths::from_path(path));
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        self.calls.extend(paths::from_path(&mac.path));
        self.code.extend(paths::from_tokens(&mac.tokens));
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        let is_words =
            ["doc", "expect", "derive"].iter().any(|name| attribute.path().is_ident(name));
        if let syn::Meta::List(list) = &attribute.meta
            && !is_words
        {
            let named = paths::from_tokens(&list.tokens).into_iter();
            self.code.extend(named.filter(|named| named.segments.len() > 1));
            self.literals(&list.tokens);
        }
    }

    fn visit_visibility(&mut self, _: &'ast syn::Visibility) {}
}

/// Returns whether the attribute makes its item a part of the tests.
fn is_test(attribute: &Attribute) -> bool {
    let path = attribute.path();
    let last = path.segments.last().is_some_and(|segment| segment.ident == "test");
    let names_test = |list: &syn::MetaList| {
        let words = list.tokens.to_string();
        words == "test" || words.starts_with("all (test") || words.starts_with("all(test")
    };
    let is_cfg = path.is_ident("cfg") && attribute.meta.require_list().is_ok_and(names_test);
    last || is_cfg
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Mod(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Union(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn name(item: &Item) -> Option<String> {
    let ident = match item {
        Item::Const(item) => &item.ident,
        Item::Enum(item) => &item.ident,
        Item::Fn(item) => &item.sig.ident,
        Item::Static(item) => &item.ident,
        Item::Struct(item) => &item.ident,
        Item::Trait(item) => &item.ident,
        Item::Type(item) => &item.ident,
        Item::Union(item) => &item.ident,
        _ => return None,
    };
    Some(ident.to_string())
}
