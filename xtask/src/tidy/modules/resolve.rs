//! Resolution of a path to the modules that it depends on.

use super::syntax_paths::NamedPath;
use super::tree::Tree;

/// The maximum number of re-exports that a path may lead through; more would be a circle of them.
const HOPS: usize = 32;

/// The target of a path.
#[derive(Clone, Copy)]
struct ResolvedPath {
    module: usize,
    /// True if the path names an item of the module, not the module itself.
    is_item: bool,
}

/// Follows the paths of one module.
pub(super) struct Resolver<'a> {
    tree: &'a Tree,
    /// The module whose paths these are.
    from: usize,
    /// The modules that re-export items of others, met on the way.
    through: Vec<usize>,
}

impl<'a> Resolver<'a> {
    /// Follows the paths that stand in the module `from`.
    pub(super) fn new(tree: &'a Tree, from: usize) -> Self {
        Self { tree, from, through: Vec::new() }
    }

    /// Returns the modules that a path names an item of.
    pub(super) fn path(&mut self, named: &NamedPath) -> Vec<usize> {
        let place = self.follow(self.from, &named.segments, HOPS);
        self.take(place)
    }

    /// Returns the modules that a macro's path names, which may be in scope by its place alone.
    pub(super) fn call(&mut self, named: &NamedPath) -> Vec<usize> {
        let place = self.follow(self.from, &named.segments, HOPS);
        let textual = || match named.segments.as_slice() {
            [name] => self.textual(name),
            _ => None,
        };
        let place = place.or_else(textual);
        self.take(place)
    }

    /// The modules met and the last one, those left out that are named only on the way to an item.
    fn take(&mut self, place: Option<ResolvedPath>) -> Vec<usize> {
        let above = self.tree.lineage(self.from);
        let last = place.filter(|place| place.is_item || !above.contains(&place.module));
        let mut modules = std::mem::take(&mut self.through);
        modules.retain(|module| !above.contains(module));
        modules.extend(last.map(|place| place.module));
        modules
    }

    /// Follows `segments`, the first of which is looked up in the scope of `from`.
    fn follow(&mut self, from: usize, segments: &[String], hops: usize) -> Option<ResolvedPath> {
        let (first, rest) = segments.split_first()?;
        let module = |module| ResolvedPath { module, is_item: false };
        let start = match first.as_str() {
            "crate" => module(0),
            "self" => module(from),
            "super" => module(self.tree.modules[from].parent?),
            name => self.look_up(from, name, hops)?,
        };
        self.walk(start, rest, hops)
    }

    fn walk(
        &mut self,
        start: ResolvedPath,
        segments: &[String],
        hops: usize,
    ) -> Option<ResolvedPath> {
        let mut place = start;
        for (index, segment) in segments.iter().enumerate() {
            if place.is_item {
                // The rest names a part of the item: a variant, an associated function.
                return Some(place);
            }
            let supers = segments[..index].iter().all(|segment| segment == "super");
            place = match segment.as_str() {
                "super" if supers => {
                    ResolvedPath { module: self.tree.modules[place.module].parent?, is_item: false }
                }
                name => self.member(place.module, name, hops)?,
            };
        }
        Some(place)
    }

    /// Returns the place that `name` means in a path after the module's own. A name that is not
    /// found there counts as an item that a macro generates; one that comes from another crate
    /// leads nowhere.
    fn member(&mut self, module: usize, name: &str, hops: usize) -> Option<ResolvedPath> {
        let found = self.look_up(module, name, hops);
        if found.is_some() {
            return found;
        }
        let scope = &self.tree.modules[module].scope;
        let is_foreign = scope.imports.iter().any(|import| import.alias.as_deref() == Some(name));
        let is_ours = !is_foreign || !self.tree.lineage(self.from).contains(&module);
        is_ours.then_some(ResolvedPath { module, is_item: true })
    }

    /// Returns the place that `name` means in the scope of a module.
    fn look_up(&mut self, module: usize, name: &str, hops: usize) -> Option<ResolvedPath> {
        let hops = hops.checked_sub(1)?;
        let tree = self.tree;
        let scope = &tree.modules[module].scope;
        if scope.items.contains(name) {
            return Some(ResolvedPath { module, is_item: true });
        }
        if let Some(child) = tree.child(module, name) {
            return Some(ResolvedPath { module: child, is_item: false });
        }
        let import = scope.imports.iter().find(|import| import.alias.as_deref() == Some(name));
        if let Some(import) = import {
            return self.hop(module, &import.named.segments, hops);
        }
        let from_globs = scope.globs.iter().find_map(|glob| {
            let place = self.follow(module, &glob.segments, hops)?;
            (!place.is_item).then(|| self.look_up(place.module, name, hops)).flatten()
        });
        from_globs.or_else(|| {
            scope.macros.contains(name).then_some(ResolvedPath { module, is_item: true })
        })
    }

    /// Follows an import of `module`, and notes the module if the imported item is not below it.
    fn hop(&mut self, module: usize, segments: &[String], hops: usize) -> Option<ResolvedPath> {
        // `use on;` beside `macro_rules! on` makes the macro an item.
        if let [name] = segments
            && self.tree.modules[module].scope.macros.contains(name)
        {
            return Some(ResolvedPath { module, is_item: true });
        }
        let place = self.follow(module, segments, hops)?;
        if !self.tree.lineage(place.module).contains(&module) {
            self.through.push(module);
        }
        Some(place)
    }

    /// The module of a `macro_rules!` macro that is in scope because it stands before.
    fn textual(&self, name: &str) -> Option<ResolvedPath> {
        let tree = self.tree;
        let has = |module: &usize| tree.modules[*module].scope.macros.contains(name);
        let above = tree.lineage(self.from).into_iter().rev();
        let mut candidates = above.flat_map(|module| {
            let children = tree.modules[module].children.iter().copied();
            let shared = children.filter(|child| tree.modules[*child].has_macro_use);
            std::iter::once(module).chain(shared)
        });
        candidates.find(has).map(|module| ResolvedPath { module, is_item: true })
    }
}
