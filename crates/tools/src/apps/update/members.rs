//! What may be changed of an app, and what is said of everything else.

use covibe_domain::Failure;
use covibe_operation::nearest;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::names::{self, NAME, PORTS};
use crate::patch::{Fates, Others};

/// The members that there are; which of them an app takes depends on what it is made of.
#[derive(Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct AppPatch {
    #[schemars(regex(pattern = NAME))]
    pub(super) name: Option<String>,
    #[schemars(length(max = 255))]
    pub(super) description: Option<String>,
    #[schemars(length(max = 200))]
    pub(super) branch: Option<String>,
    #[schemars(regex(pattern = r"^(HEAD|[0-9a-f]{7,64})$"))]
    pub(super) commit: Option<String>,
    #[schemars(regex(pattern = PORTS))]
    pub(super) ports: Option<String>,
    #[schemars(length(max = 1000))]
    pub(super) install_command: Option<String>,
    #[schemars(length(max = 1000))]
    pub(super) build_command: Option<String>,
    #[schemars(length(max = 1000))]
    pub(super) start_command: Option<String>,
    #[schemars(length(max = 200))]
    pub(super) base_directory: Option<String>,
    #[schemars(length(max = 200))]
    pub(super) publish_directory: Option<String>,
    #[schemars(length(max = 200))]
    pub(super) dockerfile_location: Option<String>,
    #[schemars(length(max = 200))]
    pub(super) docker_compose_location: Option<String>,
    #[schemars(length(max = 300))]
    pub(super) image: Option<String>,
    #[schemars(length(max = 262_144))]
    pub(super) compose_raw: Option<String>,
    #[serde(flatten)]
    #[schemars(skip)]
    others: Others,
}

/// What else members are called: by Coolify, and by those who know it.
pub(super) const SPELLINGS: &[(&str, &str)] = &[
    ("gitBranch", "branch"),
    ("gitCommitSha", "commit"),
    ("gitCommit", "commit"),
    ("commitSha", "commit"),
    ("portsExposes", "ports"),
    ("dockerComposeRaw", "composeRaw"),
    ("dockerfilePath", "dockerfileLocation"),
    ("dockerRegistryImage", "image"),
];

impl AppPatch {
    /// The texts of an application, by the name of their member.
    pub(super) fn texts(&self) -> [(&'static str, Option<&String>); 12] {
        [
            ("name", self.name.as_ref()),
            ("description", self.description.as_ref()),
            ("branch", self.branch.as_ref()),
            ("commit", self.commit.as_ref()),
            ("ports", self.ports.as_ref()),
            ("installCommand", self.install_command.as_ref()),
            ("buildCommand", self.build_command.as_ref()),
            ("startCommand", self.start_command.as_ref()),
            ("baseDirectory", self.base_directory.as_ref()),
            ("publishDirectory", self.publish_directory.as_ref()),
            ("dockerfileLocation", self.dockerfile_location.as_ref()),
            ("dockerComposeLocation", self.docker_compose_location.as_ref()),
        ]
    }

    /// Whether nothing is asked for.
    pub(super) fn is_empty(&self) -> bool {
        self.texts().iter().all(|(_, text)| text.is_none())
            && self.image.is_none()
            && self.compose_raw.is_none()
            && self.others.names().next().is_none()
    }

    /// Refuses texts that Coolify would put into a shell as they are, and ports that are none.
    pub(super) fn check(&self) -> Result<(), Failure> {
        let mut given = self.texts().into_iter().filter_map(|(name, text)| Some((name, text?)));
        given.try_for_each(|(name, text)| names::check(name, &format!("patch.{name}"), text))
    }
}

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
    let known = AppPatch::default();
    let known = known.texts().into_iter().map(|(name, _)| name).chain(["image", "composeRaw"]);
    let known: Vec<_> = known.collect();
    match nearest(name, known.iter().copied()) {
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

    #[test]
    fn every_other_spelling_is_of_a_member() {
        let known = serde_json::to_value(covibe_operation::input_schema::<AppPatch>()).unwrap();
        for (_, member) in SPELLINGS {
            assert!(known["properties"].get(member).is_some(), "{member}");
        }
        assert_eq!(known["properties"].as_object().unwrap().len(), 14);
    }
}
