//! Fields of a patch that are not in the table: those of another tool, and those that cannot be
//! changed.

use covibe_operation::nearest;

use super::patch_parameter::AppPatch;
use super::text_fields::MEMBERS;
use crate::patch_outcome::PatchOutcome;

/// Reports the members that are not in the table, with advice.
pub(super) fn report(patch: &AppPatch, fates: &mut PatchOutcome) {
    for name in patch.others.names() {
        match advice(&normalize_name(name)) {
            Some(Advice::Use(tool)) => fates.add_rerouted(name, tool),
            Some(Advice::Unsupported(reason)) => fates.add_ignored(name, reason),
            None => fates.add_ignored(name, unknown_member_reason(name)),
        }
    }
}

/// The advice on a member.
enum Advice {
    /// Use this tool.
    Use(&'static str),
    /// Nothing, for this reason.
    Unsupported(&'static str),
}

/// Members by which an app would affect the host or other apps.
const BEYOND_APP: [&str; 17] = [
    "portsmappings",
    "customdockerrunoptions",
    "customlabels",
    "customnetworkaliases",
    "connecttodockernetwork",
    "predeploymentcommand",
    "predeploymentcommandcontainer",
    "postdeploymentcommand",
    "postdeploymentcommandcontainer",
    "dockercomposecustomstartcommand",
    "dockercomposecustombuildcommand",
    "israwcomposedeploymentenabled",
    "forcedomainoverride",
    "privatekeyuuid",
    "usebuildserver",
    "customnginxconfiguration",
    "iscontainerlabelescapeenabled",
];

const LOCATION: &str = "not supported: an app stays where it was created";
const IMAGE: &str = "not supported: pass `image`, with a tag or digest";
const MEMORY: &str = "pass limits.memory";
const CPUS: &str = "pass limits.cpus";

/// Looks up a name as [`normalize_name`] returns it.
fn advice(name: &str) -> Option<Advice> {
    Some(match name {
        "fqdn" | "domain" | "domains" | "dockercomposedomains" | "urls" | "url" => {
            Advice::Use("apps.domains.set")
        }
        "gitrepository" | "repo" | "repository" | "gitrepo" | "giturl" | "cloneurl" => {
            Advice::Use("apps.rewire_git")
        }
        "env" | "envs" | "environment" | "environmentvariables" | "variables" => {
            Advice::Use("apps.envs.upsert")
        }
        "instantdeploy" | "deploy" | "restart" | "force" => Advice::Use("apps.deploy"),
        "dockerregistryimagename" | "dockerregistryimagetag" | "tag" => Advice::Unsupported(IMAGE),
        "limitsmemory" | "memory" | "memlimit" => Advice::Unsupported(MEMORY),
        "limitscpus" | "cpus" | "cpu" => Advice::Unsupported(CPUS),
        "projectuuid" | "environmentname" | "environmentuuid" | "environmentid" | "serveruuid"
        | "destinationuuid" | "uuid" | "kind" => Advice::Unsupported(LOCATION),
        _ if BEYOND_APP.contains(&name) => {
            Advice::Unsupported("not allowed: it reaches beyond the app")
        }
        _ => return None,
    })
}

/// Returns a name in lower case without separators.
fn normalize_name(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '_' | '-' | '.')).collect::<String>().to_ascii_lowercase()
}

/// Returns the reason for a name that is not known.
fn unknown_member_reason(name: &str) -> String {
    match nearest(name, MEMBERS.iter().map(|member| member.name)) {
        Some(near) => format!("not supported; did you mean {near}?"),
        None => "not supported".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn report_patch(patch: serde_json::Value) -> serde_json::Value {
        let patch: AppPatch = serde_json::from_value(patch).unwrap();
        let mut fates = PatchOutcome::default();
        report(&patch, &mut fates);
        serde_json::to_value(&fates).unwrap()
    }

    #[test]
    fn reports_members_of_other_tools_as_rerouted_to_them() {
        for (name, tool) in [
            ("fqdn", "apps.domains.set"),
            ("docker_compose_domains", "apps.domains.set"),
            ("git_repository", "apps.rewire_git"),
            ("repo", "apps.rewire_git"),
            ("envs", "apps.envs.upsert"),
            ("instantDeploy", "apps.deploy"),
        ] {
            let fates = report_patch(json!({ name: { "any": ["thing"] } }));
            assert_eq!(fates["rerouted"], json!([{ "field": name, "use": tool }]));
            assert_eq!((&fates["applied"], &fates["ignored"]), (&json!([]), &json!([])));
        }
    }

    #[test]
    fn gives_a_reason_for_unsupported_members() {
        for (name, reason) in [
            ("custom_docker_run_options", "not allowed"),
            ("ports_mappings", "not allowed"),
            ("server_uuid", "stays where it was created"),
            ("limits_memory", "pass limits.memory"),
            ("cpus", "pass limits.cpus"),
            ("buildComand", "did you mean buildCommand?"),
            ("zzz", "not supported"),
        ] {
            let fates = report_patch(json!({ name: 7 }));
            assert_eq!(fates["ignored"][0]["field"], name);
            let reason_given = fates["ignored"][0]["reason"].as_str().unwrap();
            assert!(reason_given.contains(reason), "{name}: {reason_given}");
        }
    }
}
