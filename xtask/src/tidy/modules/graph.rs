//! The dependencies between sibling modules, at every depth, and their cycles.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;

use super::resolve::Resolver;
use super::syntax_paths::NamedPath;
use super::tree::Tree;

/// A child of a module, or, as `None`, the code of the module's own file.
type Node = Option<usize>;

/// The dependencies between the children of one module and its own code.
pub(super) type Graph<'a> = BTreeMap<(Node, Node), Edge<'a>>;

/// The places where one node names another's item.
#[derive(Clone, Debug)]
pub(super) struct Edge<'a> {
    /// The first such place.
    pub(super) site: Site<'a>,
    /// The number of places.
    count: usize,
    /// The file that defines the item which the first place names.
    to: &'a str,
    /// The folder of the crate's sources.
    sources: &'a str,
}

/// A line of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Site<'a> {
    /// The file's path, relative to the repository's root.
    pub(super) file: &'a str,
    /// The line, from 1.
    pub(super) line: usize,
}

/// Edges that lead from a node back to itself.
pub(super) struct Cycle<'a> {
    /// The edges in their order; at least one.
    pub(super) edges: Vec<&'a Edge<'a>>,
}

impl fmt::Display for Edge<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = |path: &'_ str| path.strip_prefix(self.sources).unwrap_or(path).to_owned();
        write!(f, "{}:{} → {}", short(self.site.file), self.site.line, short(self.to))?;
        match self.count {
            1 => Ok(()),
            2 => write!(f, " (and one more)"),
            count => write!(f, " (and {} more)", count - 1),
        }
    }
}

/// Returns a graph for each module that has children.
pub(super) fn graphs(tree: &Tree) -> Vec<Graph<'_>> {
    let mut graphs = BTreeMap::new();
    for from in 0..tree.modules.len() {
        let scope = &tree.modules[from].scope;
        let mut resolver = Resolver::new(tree, from);
        let mut add = |named: &NamedPath, targets: Vec<usize>, is_import: bool| {
            for to in targets {
                note(tree, &mut graphs, (from, to), named.line, is_import);
            }
        };
        for import in &scope.imports {
            add(&import.named, resolver.path(&import.named), true);
        }
        for glob in &scope.globs {
            add(glob, resolver.path(glob), true);
        }
        for named in &scope.code {
            add(named, resolver.path(named), false);
        }
        for call in &scope.calls {
            add(call, resolver.call(call), false);
        }
    }
    graphs.into_values().collect()
}

/// Adds the dependency of one module on another where their ways from the root part.
fn note<'a>(
    tree: &'a Tree,
    graphs: &mut BTreeMap<usize, Graph<'a>>,
    (from, to): (usize, usize),
    line: usize,
    is_import: bool,
) {
    let (from, to) = (tree.home(from), tree.home(to));
    let (above_from, above_to) = (tree.lineage(from), tree.lineage(to));
    let shared = above_from.iter().zip(&above_to).take_while(|(one, other)| one == other).count();
    let (tail, head) = (above_from.get(shared).copied(), above_to.get(shared).copied());
    // A module's own `use` lines bring its children's items into scope; its code depends on them.
    if from == to || (tail.is_none() && is_import) {
        return;
    }
    let graph = graphs.entry(above_from[shared - 1]).or_default();
    let site = Site { file: &tree.modules[from].file, line };
    let to = &tree.modules[to].file;
    let sources = tree.modules[0].file.trim_end_matches("lib.rs").trim_end_matches("main.rs");
    let edge = Edge { site, count: 0, to, sources };
    graph.entry((tail, head)).or_insert(edge).count += 1;
}

/// Returns short cycles that together hold every edge that is on one.
pub(super) fn cycles<'a>(graph: &'a Graph<'_>) -> Vec<Cycle<'a>> {
    let mut seen = BTreeSet::new();
    let mut cycles = Vec::new();
    for (from, to) in graph.keys() {
        if seen.contains(&(*from, *to)) {
            continue;
        }
        if let Some(way) = way(graph, *to, *from) {
            let steps: Vec<_> = std::iter::once((*from, *to)).chain(way).collect();
            cycles.push(Cycle { edges: steps.iter().map(|step| &graph[step]).collect() });
            seen.extend(steps);
        }
    }
    cycles
}

/// A shortest way from one node to another, as its steps.
fn way(graph: &Graph<'_>, start: Node, end: Node) -> Option<Vec<(Node, Node)>> {
    let mut before = BTreeMap::from([(start, None)]);
    let mut queue = VecDeque::from([start]);
    while let Some(at) = queue.pop_front() {
        for (_, next) in graph.keys().filter(|(from, _)| *from == at) {
            if !before.contains_key(next) {
                before.insert(*next, Some(at));
                queue.push_back(*next);
            }
        }
    }
    let mut steps = Vec::new();
    let mut at = end;
    while let Some(previous) = before.get(&at)? {
        steps.push((*previous, at));
        at = *previous;
    }
    steps.reverse();
    Some(steps)
}
