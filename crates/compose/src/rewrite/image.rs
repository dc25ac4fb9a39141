//! `image` and `build`: the published image is used where there is one.

use super::build;
use super::rewriter::{Rewriter, no_value};
use crate::file_location::Location;
use crate::refusals;
use crate::variables::variable_values::NoValue;
use crate::yaml_tree::Tree;

/// Evaluates the image, and removes a `build` beside a published one.
pub(super) fn rewrite(rewriter: &mut Rewriter<'_>, _: &str, at: &Location, service: &mut Tree) {
    let has_build = service.get("build").is_some_and(|build| !build.is_null());
    if let Some(repository) = rewriter.repository.filter(|_| has_build) {
        return build::rewrite(rewriter, repository, at, service);
    }
    if let Some(image) = service.get("image").and_then(Tree::as_str).filter(|it| it.contains('$')) {
        match rewriter.values.evaluate(image) {
            Ok(image) => service.set("image", Tree::Text(image)),
            Err(why) => {
                for name in rewriter.values.names_without_value(image) {
                    let problem = no_value(rewriter, NoValue::Missing(name));
                    rewriter.refuse(&at.key("image"), problem);
                }
                if !matches!(why, NoValue::Missing(_)) {
                    let problem = no_value(rewriter, why);
                    rewriter.refuse(&at.key("image"), problem);
                }
                service.remove("build");
                replace_refused(service);
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
        rewriter.refuse(&at.key("build"), refusals::build_section());
        service.remove("build");
        service.remove("pull_policy");
        replace_refused(service);
    }
}

/// Gives a service whose image was refused another one: the judge would report it, too.
fn replace_refused(service: &mut Tree) {
    service.set("image", Tree::text("docker.io/library/none"));
}
