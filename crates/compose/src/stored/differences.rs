//! How two files differ, without their values.

use crate::location::Location;
use crate::pipeline::read_stored;
use crate::tree::Tree;

/// A part in which two files differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// Where, such as `services.web.networks`.
    pub path: String,
    /// `added`, `removed` or `changed`.
    pub change: &'static str,
}

/// Returns the parts in which two files differ, in the order of the first; `None` if one can't be
/// read. How they are written makes no difference, and values are not repeated.
pub fn differences(before: &str, after: &str) -> Option<Vec<Difference>> {
    let mut found = Vec::new();
    compare(&Location::file(), &read_stored(before)?, &read_stored(after)?, &mut found);
    Some(found)
}

/// Returns whether two files say the same, however they are written.
pub fn is_same_file(one: &str, other: &str) -> bool {
    differences(one, other).is_some_and(|found| found.is_empty())
}

fn compare(at: &Location, before: &Tree, after: &Tree, found: &mut Vec<Difference>) {
    if is_same(before, after) {
        return;
    }
    let (Tree::Map(old), Tree::Map(new)) = (before, after) else {
        return found.push(Difference { path: at.to_string(), change: "changed" });
    };
    for (key, value) in old {
        match after.get(key) {
            Some(now) => compare(&at.key(key), value, now, found),
            None => found.push(Difference { path: at.key(key).to_string(), change: "removed" }),
        }
    }
    for (key, _) in new.iter().filter(|(key, _)| before.get(key).is_none()) {
        found.push(Difference { path: at.key(key).to_string(), change: "added" });
    }
}

/// Returns whether two values mean the same. Coolify writes an empty list as an empty mapping (seen
/// with 4.3.11), and the order of members says nothing.
fn is_same(one: &Tree, other: &Tree) -> bool {
    let is_empty =
        |tree: &Tree| !tree.is_leaf() && tree.items().is_empty() && tree.members().is_empty();
    match (one, other) {
        _ if is_empty(one) || is_empty(other) => is_empty(one) && is_empty(other),
        (Tree::Map(members), Tree::Map(others)) => {
            let has = |(key, value): &(String, Tree)| {
                other.get(key).is_some_and(|theirs| is_same(value, theirs))
            };
            members.len() == others.len() && members.iter().all(has)
        }
        (Tree::List(items), Tree::List(others)) => {
            items.len() == others.len() && items.iter().zip(others).all(|(a, b)| is_same(a, b))
        }
        _ => one == other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_what_differs_and_no_values() {
        let before = "services: {web: {image: nginx, networks: [a], ports: [], environment: {A: 1, B: x}}}\n\
                      networks: {a: {}}";
        let after = "services:\n  web:\n    environment: {B: x, A: '2'}\n    image: docker.io/library/nginx\n    \
                     ports: {}\n    mem_limit: 4g\n";
        let found = differences(before, after).unwrap();
        let told: Vec<_> = found.iter().map(|it| (it.path.as_str(), it.change)).collect();
        assert_eq!(
            told,
            [
                ("services.web.image", "changed"),
                ("services.web.networks", "removed"),
                ("services.web.environment.A", "changed"),
                ("services.web.mem_limit", "added"),
                ("networks", "removed"),
            ]
        );
        assert_eq!(differences(after, after).unwrap(), []);
        assert_eq!(differences("a: [", after), None);
    }
}
