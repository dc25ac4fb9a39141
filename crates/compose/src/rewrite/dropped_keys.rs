//! The keys that are not sent, because they have no effect here or Coolify decides them.

use super::rewriter::Rewriter;
use crate::file_location::Location;
use crate::judge::checks::runtime::is_local_log_driver;
use crate::yaml_tree::Tree;

const BY_COOLIFY: &str = "Coolify names containers, volumes and networks itself";
const IGNORED: &str = "Docker Compose ignores it";
const NO_EFFECT: &str = "it has no effect here";

/// Keys of a service that are not sent, each with the reason.
const OF_SERVICES: [(&str, &str); 10] = [
    ("container_name", BY_COOLIFY),
    ("domainname", "the container has a fixed host name"),
    ("platform", "the host runs its own platform"),
    ("labels", "domains are assigned with `composeDomains` or apps.domains.set"),
    ("label_file", "domains are assigned with `composeDomains` or apps.domains.set"),
    ("attach", NO_EFFECT),
    ("develop", NO_EFFECT),
    ("annotations", NO_EFFECT),
    (
        "env_file",
        "variables in envs reach every container: set the variables of this file there; those of \
         several files then apply to all services",
    ),
    ("mac_address", BY_COOLIFY),
];

/// Keys of `deploy` that are for a swarm of hosts.
const OF_DEPLOY: [&str; 6] =
    ["mode", "placement", "update_config", "rollback_config", "labels", "endpoint_mode"];

/// Keys of the top level that are not sent.
const OF_FILE: [(&str, &str); 2] = [("name", "the app's name is `name`"), ("version", IGNORED)];

/// Drops the keys of a service that are not sent, and fixes its host name.
pub(super) fn rewrite(rewriter: &mut Rewriter<'_>, name: &str, at: &Location, service: &mut Tree) {
    for (key, why) in OF_SERVICES {
        if service.remove(key).is_some_and(|value| !value.is_null()) {
            rewriter.note(&at.key(key), "dropped", why);
        }
    }
    extensions_of_service(rewriter, at, service);
    drop_words(rewriter, at, service);
    if service.get("privileged") == Some(&Tree::Bool(false)) {
        service.remove("privileged");
    }
    if service.remove("hostname").is_some() {
        // The app's name and the workspace's follow when it is sent.
        service.set("hostname", Tree::text(name));
        let why = "that name stays the same, and no other container of the host has it";
        rewriter.note(&at.key("hostname"), "replaced with a name of this app", why);
    }
    let Some(mut deploy) = service.remove("deploy") else { return };
    for key in OF_DEPLOY {
        if deploy.remove(key).is_some() {
            rewriter.note(&at.key("deploy").key(key), "dropped", "the app runs on one host");
        }
    }
    let is_empty = deploy.is_null() || deploy == Tree::Map(Vec::new());
    if !is_empty {
        service.set("deploy", deploy);
    }
}

/// Drops values that ask for features that a host of several tenants does not offer.
fn drop_words(rewriter: &mut Rewriter<'_>, at: &Location, service: &mut Tree) {
    let policy = service.get("pull_policy").and_then(Tree::as_str).unwrap_or_default();
    if matches!(policy, "daily" | "weekly" | "refresh") || policy.starts_with("every_") {
        service.remove("pull_policy");
        rewriter.note(
            &at.key("pull_policy"),
            "dropped",
            "an image is pulled when the app is deployed",
        );
    }
    let driver = service.get("logging").and_then(|logging| logging.get("driver"));
    // One with a variable is judged once it is evaluated.
    let is_dropped = |driver: &str| !is_local_log_driver(driver) && !driver.contains('$');
    if driver.and_then(Tree::as_str).is_some_and(is_dropped) {
        service.remove("logging");
        let why = "apps.logs shows what a container prints, and no other host gets its logs";
        rewriter.note(&at.key("logging"), "dropped", why);
    }
}

/// Drops the keys of the top level that are not sent.
pub(super) fn top_level(rewriter: &mut Rewriter<'_>, file: &mut Tree) {
    for (key, why) in OF_FILE {
        if file.remove(key).is_some() {
            rewriter.note(&Location::file().key(key), "dropped", why);
        }
    }
    let at = Location::file();
    extensions(rewriter, &at, file);
    for key in ["configs", "secrets", "volumes"] {
        for (name, declared) in file.get_mut(key).map(Tree::members_mut).unwrap_or_default() {
            extensions(rewriter, &at.key(key).key(name), declared);
        }
    }
}

/// Drops the keys that Docker Compose ignores, except where they are names.
fn extensions_of_service(rewriter: &mut Rewriter<'_>, at: &Location, service: &mut Tree) {
    extensions(rewriter, at, service);
    for (key, value) in service.members_mut() {
        if !matches!(key.as_str(), "environment" | "depends_on" | "sysctls") {
            extensions_within(rewriter, &at.key(key), value);
        }
    }
}

fn extensions_within(rewriter: &mut Rewriter<'_>, at: &Location, value: &mut Tree) {
    extensions(rewriter, at, value);
    match value {
        Tree::Map(members) => {
            for (key, value) in members {
                extensions_within(rewriter, &at.key(key), value);
            }
        }
        Tree::List(items) => {
            for (index, item) in items.iter_mut().enumerate() {
                extensions_within(rewriter, &at.item(index), item);
            }
        }
        _ => {}
    }
}

/// Drops the keys that Docker Compose ignores.
fn extensions(rewriter: &mut Rewriter<'_>, at: &Location, of: &mut Tree) {
    let Tree::Map(members) = of else { return };
    members.retain(|(key, _)| {
        let stays = !key.starts_with("x-");
        if !stays {
            rewriter.note(&at.key(key), "dropped", IGNORED);
        }
        stays
    });
}
