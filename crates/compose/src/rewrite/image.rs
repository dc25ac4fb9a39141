//! `image` and `build`: the published image is used where there is one.

use super::rewriter::{Rewriter, no_value};
use crate::location::Location;
use crate::refusals::keys;
use crate::tree::Tree;

/// Evaluates the image, and removes a `build` beside a published one.
pub(super) fn rewrite(rewriter: &mut Rewriter<'_>, _: &str, at: &Location, service: &mut Tree) {
    if let Some(image) = service.get("image").and_then(Tree::as_str).filter(|it| it.contains('$')) {
        match rewriter.values.evaluated(image) {
            Ok(image) => service.set("image", Tree::Text(image)),
            Err(why) => {
                let problem = no_value(rewriter, why);
                rewriter.refuse(&at.key("image"), problem);
                service.remove("image");
                service.remove("build");
                return;
            }
        }
    }
    let policy = service.get("pull_policy").and_then(Tree::as_str);
    let is_local = matches!(policy, Some("never" | "build"));
    if service.get("build").is_none_or(Tree::is_null) {
        return;
    }
    let is_published =
        service.get("image").and_then(Tree::as_str).is_some_and(|it| it.contains('/'));
    if is_published && !is_local {
        service.remove("build");
        rewriter.note(&at.key("build"), "dropped", "the published image is used, not this folder");
    } else {
        rewriter.refuse(&at.key("build"), keys::build_section());
        service.remove("build");
        service.remove("pull_policy");
        // The judge would report the absent image, too.
        service.set("image", Tree::text("docker.io/library/none"));
    }
}
