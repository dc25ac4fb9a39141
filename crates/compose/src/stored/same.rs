//! A comparison of two compose files that ignores how they are written.

use crate::pipeline::read_stored;
use crate::tree::Tree;

/// Returns whether two files say the same, however they are written. A file that can't be read says nothing.
pub fn is_same_file(one: &str, other: &str) -> bool {
    let read = || Some(is_same(&read_stored(one)?, &read_stored(other)?));
    read().unwrap_or(false)
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
    fn how_a_file_is_written_makes_no_difference() {
        let file = "services: {web: {image: nginx, ports: [], environment: {A: '2', B: x}}}";
        let other =
            "services:\n  web:\n    environment: {B: x, A: '2'}\n    image: nginx\n    ports: {}\n";
        assert!(is_same_file(file, other));
        for (part, changed) in
            [("nginx", "alpine"), ("'2'", "3"), (", B: x", ""), ("{web", "{api: {}, web")]
        {
            assert!(!is_same_file(&file.replace(part, changed), other), "{changed}");
        }
        assert!(!is_same_file("a: [", "a: ["));
    }
}
