//! A comparison of two compose files that ignores how they are written.

use crate::canonical_text;
use crate::rewrite_pipeline::read_stored;
use crate::yaml_tree::Tree;

/// Returns whether two files say the same, however they are written. A file that can't be read says nothing.
pub fn is_same_file(one: &str, other: &str) -> bool {
    normal_form(one).is_some_and(|form| normal_form(other) == Some(form))
}

/// Returns a text that all files have which say the same; `None` if a file can't be read. Coolify writes an empty
/// list as an empty mapping (seen with 4.3.11), and the order of members says nothing.
pub fn normal_form(text: &str) -> Option<String> {
    let tree = normal(read_stored(text)?);
    Some(canonical_text::write(&[(String::new(), tree)]))
}

fn normal(tree: Tree) -> Tree {
    match tree {
        Tree::List(items) if !items.is_empty() => {
            Tree::List(items.into_iter().map(normal).collect())
        }
        Tree::List(_) => Tree::Map(Vec::new()),
        Tree::Map(mut members) => {
            members.sort_by(|(one, _), (other, _)| one.cmp(other));
            Tree::Map(members.into_iter().map(|(key, value)| (key, normal(value))).collect())
        }
        leaf => leaf,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_equal_whatever_their_order_and_notation() {
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
