//! Texts of a container that would become numbers on their way stay texts.

use super::rewriter::Rewriter;
use crate::file_location::Location;
use crate::yaml::is_misread;
use crate::yaml_tree::Tree;

/// An addition to such a text. Docker Compose replaces it by an empty text, whether or not the
/// variable is set, and its braces make Coolify quote the text.
const NOTHING: &str = "${COVIBE:+}";

/// Keeps the texts of a container's command and the like as texts.
pub(super) fn rewrite(rewriter: &mut Rewriter<'_>, _: &str, at: &Location, service: &mut Tree) {
    for key in ["environment", "command", "entrypoint"] {
        if let Some(value) = service.get_mut(key) {
            keep_text(rewriter, &at.key(key), value);
        }
    }
    if let Some(test) = service.get_mut("healthcheck").and_then(|check| check.get_mut("test")) {
        keep_text(rewriter, &at.key("healthcheck").key("test"), test);
    }
}

fn keep_text(rewriter: &mut Rewriter<'_>, at: &Location, value: &mut Tree) {
    match value {
        Tree::Text(text) if is_misread(text) => {
            text.push_str(NOTHING);
            rewriter.note(at, "kept as text", "Docker Compose would read it as a number");
        }
        Tree::List(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                keep_text(rewriter, &at.item(index), item);
            }
        }
        Tree::Map(members) => {
            for (key, member) in members {
                keep_text(rewriter, &at.key(key), member);
            }
        }
        _ => {}
    }
}
