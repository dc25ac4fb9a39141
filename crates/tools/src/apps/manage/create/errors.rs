//! Failures of `apps.create`.

use covibe_domain::Failure;
use covibe_operation::quotable_name;
use covibe_policy::Namespace;
use serde_json::{Value, json};

use crate::app_and_auth_hosts::{HostsInUse, taken_host};
use crate::free_name::free_name;

/// No source is given, or more than one.
pub(super) fn ambiguous_source() -> Failure {
    Failure::invalid("Pass exactly one of `files`, `repo`, `template`, `image` and `composeRaw`.").hint(
        "Pass `files` for code that is not in a repository yet, `repo` for code in the workspace's Gitea org, \
         `template` for a product for which Coolify has a template, `image` for one published \
         container, `composeRaw` for several.",
    )
}

/// Files without the name of the app, which the repository gets too.
pub(super) fn missing_name() -> Failure {
    Failure::invalid(
        "`name` is missing. With `files`, it is the name of the app and of its repository.",
    )
    .hint("Pass a name such as my-site.")
}

/// The name of an app that is to be created from files belongs to another one.
pub(super) fn taken_name(name: &str) -> Failure {
    Failure::conflict(format!("The app {name} already exists in this workspace.")).hint(
        "Pass another name; or change the app: repos.commit to its repository, then apps.deploy.",
    )
}

/// A parameter that does not go with the source.
pub(super) fn unexpected_parameter(name: &str, source: &str, hint: &str) -> Failure {
    Failure::invalid(format!("`{name}` can't be combined with {source}.")).hint(hint)
}

/// Returns the hint about a parameter of one container that a compose file declares for each of its services.
pub(super) fn declared_in_file(name: &str) -> &'static str {
    match name {
        "limits" => "Leave it out: declare mem_limit and cpus of a service in the compose file.",
        _ => "Leave it out: the compose file declares it.",
    }
}

/// An app of the name exists, and was created from another source. Changing its source would break
/// it.
pub(super) fn other_source(name: &str, source: &str) -> Failure {
    Failure::conflict(format!("The app {name} exists and was created from {source}."))
        .hint("Pass another name.")
}

/// A repository whose name Coolify's shell would interpret.
pub(super) fn undeployable_repository_name() -> Failure {
    Failure::rejected("A repository with this name can't be deployed.")
        .hint("Rename it: letters, digits and - _ . only.")
}

/// A host in use that an app with the name `name` would get. If it is the default host of that name,
/// another name is suggested too.
pub(super) fn taken_host_of(
    host: &str,
    name: &str,
    namespace: &Namespace,
    in_use: &HostsInUse,
) -> Failure {
    let is_free =
        |name: &str| !in_use.has_name(name) && !in_use.contains(&namespace.host_for(name));
    let is_default = host == namespace.host_for(name);
    let Some(free) = is_default.then(|| free_name(name, is_free)).flatten() else {
        return taken_host(host, in_use);
    };
    let domain = namespace.host_for(&free);
    Failure::conflict(format!("The domain {host} is taken."))
        .hint(format!("Pass `domain` {domain}, or `name` {free} and no `domain`."))
        .detail("suggestion", json!({ "name": free, "domain": domain }))
}

/// One host for two services.
pub(super) fn shared_host(host: &str, one: &str, other: &str) -> Failure {
    Failure::invalid(format!("The domain {host} cannot point to both {one} and {other}."))
        .hint("Give each service its own domain.")
}

/// Two ways of choosing the services with a domain.
pub(super) fn conflicting_domains() -> Failure {
    Failure::invalid("`composeDomains` can't be combined with `domain` or `composeService`.")
        .hint("Pass `composeDomains` alone: it names each service with its domain.")
}

/// A template that this Coolify does not have; `near` are those with similar names.
pub(super) fn unknown_template(name: &str, near: &[&str]) -> Failure {
    let message = format!("Coolify has no template {}.", quotable_name(name));
    let hint = if near.is_empty() {
        "Pass the product's image as `image`, or its compose file as `composeRaw`.".to_owned()
    } else {
        format!("Did you mean: {}? Otherwise pass `image` or `composeRaw`.", near.join(", "))
    };
    Failure::not_found(message).hint(hint).detail("near", json!(near))
}

/// A template that is an auth provider's.
pub(super) fn provider_template(name: &str) -> Failure {
    Failure::rejected(format!("The template {name} is an auth provider."))
        .hint(format!("Call auth.create with provider {name}."))
}

/// The failure of a template's file, in which callers know only the template.
pub(super) fn template_file_failure(mut failure: Failure, name: &str) -> Failure {
    failure.message = failure.message.replacen("composeRaw", &format!("The template {name}"), 1);
    let Some(Value::Array(problems)) = failure.details.get("problems") else { return failure };
    // The value of a variable is in the call.
    let is_mendable = |problem: &Value| {
        problem["path"].as_str().is_some_and(|path| path.contains(".environment."))
    };
    if problems.iter().all(is_mendable) {
        return failure;
    }
    failure.hint(
        "This template can't be used here, with any parameters. Pass the product's image; or pass \
         its own compose file as `composeRaw`, with details.problems fixed.",
    )
}

/// The refusal of a template while Coolify still deletes the app that it created from it.
pub(super) fn discarded_template(refused: Failure, name: &str) -> Failure {
    with_further_hint(
        refused,
        &format!("Coolify is still deleting the app's parts; after that, {name} is free again."),
    )
}

/// Adds a sentence to the hint of a failure.
fn with_further_hint(refused: Failure, sentence: &str) -> Failure {
    let hint = refused.hint.as_ref().map(|hint| format!("{hint} {sentence}"));
    refused.hint(hint.unwrap_or_else(|| sentence.to_owned()))
}

/// The refusal of a template, while an app that an earlier call created from it is unfinished.
pub(super) fn unfinished_template(refused: Failure, name: &str) -> Failure {
    let stays = format!(
        "The unfinished app {name} stays: repeat the call with other values, or delete it with \
         apps.delete."
    );
    with_further_hint(refused, &stays)
}

/// A service that the file does not have.
pub(super) fn unknown_service(name: &str, hint: String) -> Failure {
    Failure::invalid(format!("`composeRaw` has no service {}.", quotable_name(name))).hint(hint)
}

/// A file in which several services could get the domain, or none.
pub(super) fn ambiguous_service(hint: String) -> Failure {
    Failure::invalid("`composeRaw` does not determine which service gets the domain.").hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suggests_a_name_whose_host_is_free() {
        let mark = Namespace::new(&"mark".parse().unwrap(), "vibnai.com");
        let hosts = ["web.mark.vibnai.com", "web-3.mark.vibnai.com"];
        let in_use = HostsInUse::from_texts(&["web-2"], &hosts);
        let suggestion = |host: &str, name: &str| {
            taken_host_of(host, name, &mark, &in_use).details["suggestion"].clone()
        };
        let both = json!({ "name": "web-4", "domain": "web-4.mark.vibnai.com" });
        assert_eq!(suggestion("web.mark.vibnai.com", "web"), both);
        let domain = json!({ "domain": "web-2.mark.vibnai.com" });
        assert_eq!(suggestion("web.mark.vibnai.com", "other"), domain);
    }
}
