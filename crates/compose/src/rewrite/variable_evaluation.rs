//! Variables where Coolify does not keep them: they are evaluated with the call's values and the
//! file's defaults.

use super::rewriter::{Rewriter, no_value};
use crate::file_location::Location;
use crate::variables::variable_values::NoValue;
use crate::yaml_tree::Tree;

/// Keys in which variables stay: they get their values when the container starts.
const KEPT: [&str; 4] = ["environment", "command", "entrypoint", "image"];

/// Evaluates the variables of a service. A member whose variable has no value is dropped.
pub(super) fn rewrite(rewriter: &mut Rewriter<'_>, _: &str, at: &Location, service: &mut Tree) {
    let Tree::Map(members) = service else { return };
    members.retain_mut(|(key, value)| {
        KEPT.contains(&key.as_str()) || evaluate(rewriter, &at.key(key), value)
    });
}

/// Evaluates a value, and returns whether it is kept.
fn evaluate(rewriter: &mut Rewriter<'_>, at: &Location, value: &mut Tree) -> bool {
    match value {
        Tree::Text(text) if text.contains('$') => {
            let evaluated = rewriter.values.evaluate(text);
            match evaluated {
                Ok(evaluated) => *value = of_text(evaluated),
                Err(NoValue::Missing(name)) => {
                    let why = "its variable has neither a value in envs nor a default";
                    rewriter.note(at, "dropped", why);
                    rewriter.changes.needed.required.insert(name);
                    return false;
                }
                Err(why) => {
                    let problem = no_value(rewriter, why);
                    rewriter.refuse(at, problem);
                    return false;
                }
            }
            true
        }
        Tree::List(items) => {
            let mut index = 0;
            items.retain_mut(|item| {
                index += 1;
                evaluate(rewriter, &at.item(index - 1), item)
            });
            true
        }
        Tree::Map(members) => {
            // The arguments of a build get their values when it begins.
            let stays = |key: &str| matches!(key, "test" | "args");
            members
                .retain_mut(|(key, value)| stays(key) || evaluate(rewriter, &at.key(key), value));
            true
        }
        _ => true,
    }
}

/// Returns a value as YAML reads its text.
fn of_text(text: String) -> Tree {
    match text.as_str() {
        "true" => Tree::Bool(true),
        "false" => Tree::Bool(false),
        _ => Tree::Text(text),
    }
}
