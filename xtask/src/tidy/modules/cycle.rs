//! Cycles of a graph.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::graph::{Edge, Graph, Node};

/// Edges that lead from a node back to itself.
pub(super) struct Cycle<'a> {
    /// The edges in their order; at least one.
    pub(super) edges: Vec<&'a Edge<'a>>,
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
