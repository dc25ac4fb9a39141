//! What is said of members that are not in the table: what belongs to another tool, and what can't be
//! changed.

use covibe_operation::nearest;

use super::table::{AppPatch, MEMBERS};
use crate::patch::Fates;

/// Says what is to be done about the members that there are not.
pub(super) fn refer(patch: &AppPatch, fates: &mut Fates) {
    for name in patch.others.names() {
        match fate(&plain(name)) {
            Some(Fate::Use(tool)) => fates.rerouted(name, tool),
            Some(Fate::Not(reason)) => fates.ignored(name, reason),
            None => fates.ignored(name, unknown(name)),
        }
    }
}

enum Fate {
    Use(&'static str),
    Not(&'static str),
}

const BEYOND: &str = "not allowed: it reaches beyond the app";
const MOVED: &str = "not supported: an app stays where it was created";
const IMAGE: &str = "not supported: pass image, with tag or digest";

/// Looks a name up that is in small letters without marks.
fn fate(name: &str) -> Option<Fate> {
    Some(match name {
        "fqdn" | "domain" | "domains" | "dockercomposedomains" | "urls" | "url" => {
            Fate::Use("apps.domains.set")
        }
        "gitrepository" | "repo" | "repository" | "gitrepo" | "giturl" | "cloneurl" => {
            Fate::Use("apps.rewire_git")
        }
        "env" | "envs" | "environment" | "environmentvariables" | "variables" => {
            Fate::Use("apps.envs.upsert")
        }
        "instantdeploy" | "deploy" | "restart" | "force" => Fate::Use("apps.deploy"),
        "buildpack" => Fate::Not(
            "changing the build pack of an app is not supported: recreate it with apps.create",
        ),
        "dockerregistryimagename" | "dockerregistryimagetag" | "tag" => Fate::Not(IMAGE),
        "projectuuid" | "environmentname" | "environmentuuid" | "environmentid" | "serveruuid"
        | "destinationuuid" | "uuid" | "kind" => Fate::Not(MOVED),
        "portsmappings"
        | "customdockerrunoptions"
        | "customlabels"
        | "customnetworkaliases"
        | "connecttodockernetwork"
        | "predeploymentcommand"
        | "predeploymentcommandcontainer"
        | "postdeploymentcommand"
        | "postdeploymentcommandcontainer"
        | "dockercomposecustomstartcommand"
        | "dockercomposecustombuildcommand"
        | "israwcomposedeploymentenabled"
        | "forcedomainoverride"
        | "privatekeyuuid"
        | "usebuildserver"
        | "customnginxconfiguration"
        | "iscontainerlabelescapeenabled" => Fate::Not(BEYOND),
        _ => return None,
    })
}

fn plain(name: &str) -> String {
    name.chars().filter(|c| !matches!(c, '_' | '-' | '.')).collect::<String>().to_ascii_lowercase()
}

fn unknown(name: &str) -> String {
    match nearest(name, MEMBERS.iter().map(|member| member.name)) {
        Some(near) => format!("not supported; did you mean {near}?"),
        None => "not supported".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(patch: serde_json::Value) -> serde_json::Value {
        let patch: AppPatch = serde_json::from_value(patch).unwrap();
        let mut fates = Fates::default();
        refer(&patch, &mut fates);
        serde_json::to_value(&fates).unwrap()
    }

    #[test]
    fn what_belongs_elsewhere_is_sent_there() {
        for (name, tool) in [
            ("fqdn", "apps.domains.set"),
            ("docker_compose_domains", "apps.domains.set"),
            ("git_repository", "apps.rewire_git"),
            ("repo", "apps.rewire_git"),
            ("envs", "apps.envs.upsert"),
            ("instantDeploy", "apps.deploy"),
        ] {
            let fates = told(json!({ name: { "any": ["thing"] } }));
            assert_eq!(fates["rerouted"], json!([{ "field": name, "use": tool }]));
            assert_eq!((&fates["applied"], &fates["ignored"]), (&json!([]), &json!([])));
        }
    }

    #[test]
    fn the_rest_has_a_reason() {
        for (name, reason) in [
            ("build_pack", "recreate it"),
            ("custom_docker_run_options", "not allowed"),
            ("ports_mappings", "not allowed"),
            ("server_uuid", "stays where it was created"),
            ("buildComand", "did you mean buildCommand?"),
            ("zzz", "not supported"),
        ] {
            let fates = told(json!({ name: 7 }));
            assert_eq!(fates["ignored"][0]["field"], name);
            let told = fates["ignored"][0]["reason"].as_str().unwrap();
            assert!(told.contains(reason), "{name}: {told}");
        }
    }
}
