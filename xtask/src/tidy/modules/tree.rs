//! The modules of a crate as a tree, each with the items, imports and paths in its text.

use std::collections::BTreeSet;

use proc_macro2::{TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, Item};

use super::syntax_paths::{self, NamedPath};
use crate::tidy::checked_files::{Finding, Workspace};

/// A library's or program's modules; the root comes first.
pub(super) struct Tree {
    pub(super) modules: Vec<Module>,
}

/// One module.
pub(super) struct Module {
    /// Its name; empty for the root.
    pub(super) name: String,
    /// The module that declares it.
    pub(super) parent: Option<usize>,
    /// The modules that it declares.
    pub(super) children: Vec<usize>,
    /// The path of its file, relative to the repository's root.
    pub(super) file: String,
    /// True if it stands between braces in its parent's file.
    pub(super) is_inline: bool,
    /// True if its macros are in scope in its siblings.
    pub(super) has_macro_use: bool,
    /// Its text.
    pub(super) scope: Scope,
}

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
    modules: Vec<Declared>,
}

/// A name that a module imports.
pub(super) struct Import {
    /// The name in this module; `None` for `_`.
    pub(super) alias: Option<String>,
    /// The path that is imported.
    pub(super) named: NamedPath,
}

/// A module that another one declares.
struct Declared {
    /// Its name.
    name: String,
    /// True if its macros are in scope in the modules after it.
    has_macro_use: bool,
    /// Its text, where it stands between braces and not in a file of its own.
    inline: Option<Scope>,
}

impl Tree {
    /// Reads the modules below the root file; the error is a file that is not Rust.
    pub(super) fn load(workspace: &Workspace, root: &str) -> Result<Self, Finding> {
        let mut tree = Self { modules: Vec::new() };
        let module = Module {
            name: String::new(),
            parent: None,
            children: Vec::new(),
            file: root.to_owned(),
            is_inline: false,
            has_macro_use: false,
            scope: read_scope(workspace, root)?,
        };
        tree.add(workspace, module)?;
        Ok(tree)
    }

    /// Adds a module and those below it.
    fn add(&mut self, workspace: &Workspace, mut module: Module) -> Result<usize, Finding> {
        let id = self.modules.len();
        let declared = std::mem::take(&mut module.scope.modules);
        let file = module.file.clone();
        self.modules.push(module);
        for Declared { name, has_macro_use, inline } in declared {
            let is_inline = inline.is_some();
            let (file, scope) = match inline {
                Some(scope) => (file.clone(), scope),
                // A missing file is the compiler's to report.
                None => match self.file_of(workspace, id, &name) {
                    Some(file) => (file.clone(), read_scope(workspace, &file)?),
                    None => continue,
                },
            };
            let parent = Some(id);
            let children = Vec::new();
            let child = Module { name, parent, children, file, is_inline, has_macro_use, scope };
            let child = self.add(workspace, child)?;
            self.modules[id].children.push(child);
        }
        Ok(id)
    }

    /// The file of the module `name` that `parent` declares.
    fn file_of(&self, workspace: &Workspace, parent: usize, name: &str) -> Option<String> {
        let folder = self.folder(parent);
        let candidates = [format!("{folder}/{name}.rs"), format!("{folder}/{name}/mod.rs")];
        candidates.into_iter().find(|path| workspace.file(path).is_some())
    }

    /// The folder in which the files of a module's children lie.
    fn folder(&self, id: usize) -> String {
        let module = &self.modules[id];
        if let (true, Some(parent)) = (module.is_inline, module.parent) {
            return format!("{}/{}", self.folder(parent), module.name);
        }
        let (folder, name) = module.file.rsplit_once('/').unwrap_or(("", &module.file));
        match name {
            "mod.rs" | "lib.rs" | "main.rs" => folder.to_owned(),
            _ => module.file.trim_end_matches(".rs").to_owned(),
        }
    }

    /// The module whose file holds this one's text: itself, or the one around the braces.
    pub(super) fn home(&self, id: usize) -> usize {
        match self.modules[id].parent {
            Some(parent) if self.modules[id].is_inline => self.home(parent),
            _ => id,
        }
    }

    /// The modules from the root down to this one, both included.
    pub(super) fn lineage(&self, id: usize) -> Vec<usize> {
        let mut lineage: Vec<_> =
            std::iter::successors(Some(id), |id| self.modules[*id].parent).collect();
        lineage.reverse();
        lineage
    }

    /// The child of `id` called `name`.
    pub(super) fn child(&self, id: usize, name: &str) -> Option<usize> {
        let children = self.modules[id].children.iter().copied();
        children.into_iter().find(|child| self.modules[*child].name == name)
    }
}

fn read_scope(workspace: &Workspace, path: &str) -> Result<Scope, Finding> {
    let Some(file) = workspace.file(path) else { return Ok(Scope::default()) };
    file.parsed().map(Scope::read).map_err(|error| {
        let line = error.span().start().line;
        Finding::new(path, line, format!("not valid Rust: {error}"))
    })
}

impl Scope {
    /// Reads a file, the test code left out.
    fn read(file: &syn::File) -> Self {
        let mut scope = Self::default();
        scope.visit_file(file);
        scope
    }

    fn import(&mut self, tree: &syn::UseTree) {
        for leaf in syntax_paths::leaves(tree) {
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
                    let named = path.and_then(|path: syn::Path| syntax_paths::from_path(&path));
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
        self.code.extend(syntax_paths::from_path(path));
        visit::visit_path(self, path);
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        self.calls.extend(syntax_paths::from_path(&mac.path));
        self.code.extend(syntax_paths::from_tokens(&mac.tokens));
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        let is_words =
            ["doc", "expect", "derive"].iter().any(|name| attribute.path().is_ident(name));
        if let syn::Meta::List(list) = &attribute.meta
            && !is_words
        {
            let named = syntax_paths::from_tokens(&list.tokens).into_iter();
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
