//! What is not sent, because it has no effect here or Coolify decides it.

use super::rewriter::Rewriter;
use crate::location::Location;
use crate::tree::Tree;

const BY_COOLIFY: &str = "Coolify names containers, volumes and networks itself";
const NO_EFFECT: &str = "it has no effect here";

/// Keys of a service that are not sent, each with the reason.
const OF_SERVICES: [(&str, &str); 10] = [
    ("container_name", BY_COOLIFY),
    ("domainname", "the container has a fixed host name"),
    ("platform", "the host runs its own platform"),
    ("labels", "domains are assigned with composeDomains or apps.domains.set"),
    ("label_file", "domains are assigned with composeDomains or apps.domains.set"),
    ("attach", NO_EFFECT),
    ("develop", NO_EFFECT),
    ("annotations", NO_EFFECT),
    (
        "env_file",
        "the variables of envs reach every container: set those of the file there; files of several \
         services become one set for all",
    ),
    ("mac_address", BY_COOLIFY),
];

/// Keys of `deploy` that are for a swarm of hosts.
const OF_DEPLOY: [&str; 6] =
    ["mode", "placement", "update_config", "rollback_config", "labels", "endpoint_mode"];

/// Keys of the top level that are not sent.
const OF_FILE: [(&str, &str); 2] =
    [("name", "the app's name is `name`"), ("version", "Docker Compose ignores it")];

/// Drops what is not sent of a service, and fixes its host name.
pub(super) fn rewrite(rewriter: &mut Rewriter<'_>, name: &str, at: &Location, service: &mut Tree) {
    for (key, why) in OF_SERVICES {
        if service.remove(key).is_some_and(|value| !value.is_null()) {
            rewriter.note(&at.key(key), "dropped", why);
        }
    }
    extensions_of_service(service);
    if service.get("privileged") == Some(&Tree::Bool(false)) {
        service.remove("privileged");
    }
    if service.remove("hostname").is_some() {
        // The app's name and the workspace's follow when it is sent.
        service.set("hostname", Tree::text(name));
        let why = "it stays the same, and no other container of the host has it";
        rewriter.note(&at.key("hostname"), "became a name of this app", why);
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

/// Drops what is not sent of the top level.
pub(super) fn top_level(rewriter: &mut Rewriter<'_>, file: &mut Tree) {
    for (key, why) in OF_FILE {
        if file.remove(key).is_some() {
            rewriter.note(&Location::file().key(key), "dropped", why);
        }
    }
    extensions(file);
    for key in ["configs", "secrets", "volumes"] {
        for (_, declared) in file.get_mut(key).map(Tree::members_mut).unwrap_or_default() {
            extensions(declared);
        }
    }
}

/// Drops the keys that Docker Compose ignores, except where they are names.
fn extensions_of_service(service: &mut Tree) {
    extensions(service);
    for (key, value) in service.members_mut() {
        if !matches!(key.as_str(), "environment" | "depends_on" | "sysctls") {
            extensions_within(value);
        }
    }
}

fn extensions_within(value: &mut Tree) {
    extensions(value);
    match value {
        Tree::Map(members) => members.iter_mut().for_each(|(_, value)| extensions_within(value)),
        Tree::List(items) => items.iter_mut().for_each(extensions_within),
        _ => {}
    }
}

/// Drops the keys that Docker Compose ignores, without a note.
fn extensions(of: &mut Tree) {
    if let Tree::Map(members) = of {
        members.retain(|(key, _)| !key.starts_with("x-"));
    }
}
