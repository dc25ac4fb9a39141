//! When containers restart: those that are awaited as completed run once.

use super::rewriter::{Rewriter, each_service, services};
use crate::file_location::Location;
use crate::yaml_tree::Tree;

const ONE_PLACE: &str = "restart supports this condition, but not delays";

const ONCE: &str = "otherwise, Coolify would restart it forever";

/// Marks the services that others await as completed.
pub(super) fn mark_awaited(rewriter: &mut Rewriter<'_>, file: &mut Tree) {
    let depends = services(file).iter().filter_map(|(_, service)| service.get("depends_on"));
    let awaited = depends.flat_map(Tree::members).filter(|(_, options)| {
        let condition = options.get("condition").and_then(Tree::as_str);
        condition == Some("service_completed_successfully")
    });
    let awaited: Vec<String> = awaited.map(|(name, _)| name.clone()).collect();
    each_service(file, |name, at, service| {
        if awaited.iter().any(|each| each == name) {
            run_once(rewriter, at, service);
        }
    });
}

/// Lets a service run once whose policy says so.
pub(super) fn rewrite(rewriter: &mut Rewriter<'_>, _: &str, at: &Location, service: &mut Tree) {
    let policy = service.get("deploy").and_then(|deploy| deploy.get("restart_policy"));
    let condition = policy.and_then(|policy| policy.get("condition")).and_then(Tree::as_str);
    let condition = condition.map(str::to_owned);
    if let Some(policy @ ("none" | "always" | "unless-stopped")) = condition.as_deref() {
        if let Some(deploy) = service.get_mut("deploy") {
            deploy.remove("restart_policy");
        }
        if policy == "none" {
            run_once(rewriter, at, service);
        } else {
            service.set("restart", Tree::text(policy));
            let path = at.key("deploy").key("restart_policy");
            rewriter.note(&path, format!("became restart: {policy}"), ONE_PLACE);
        }
    }
    // YAML 1.1 reads a plain `no` as false.
    if service.get("restart") == Some(&Tree::Bool(false)) {
        service.set("restart", Tree::text("no"));
    }
}

fn run_once(rewriter: &mut Rewriter<'_>, at: &Location, service: &mut Tree) {
    let once = Tree::text("no");
    let is_other = service.get("restart") != Some(&once);
    let is_tried = service.get("restart").and_then(Tree::as_str);
    if is_other && !is_tried.is_some_and(|policy| policy.starts_with("on-failure")) {
        service.set("restart", once);
        rewriter.note(&at.key("restart"), "runs once: restart is \"no\"", ONCE);
    }
}
