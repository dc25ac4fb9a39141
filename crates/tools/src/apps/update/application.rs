//! Changing an application.

use covibe_coolify::{Application, ApplicationPatch};
use covibe_domain::Failure;
use covibe_domain::image::ImageReference as Image;
use covibe_policy::Owned;
use covibe_workspace::{Coolify, Workspace};

use super::members::AppPatch;
use super::name::rename;
use crate::apps::compose_repositories::allow_compose_repository;
use crate::names;
use crate::patch::Fates;

/// What an application that runs an image has, besides its image.
const OF_IMAGES: [&str; 3] = ["name", "description", "ports"];

/// What takes effect without a deployment.
const AT_ONCE: [&str; 2] = ["name", "description"];

/// A member that is asked for, and how it is told from what Coolify has.
struct Wanted {
    member: &'static str,
    value: String,
}

/// The commit of an application that follows its branch.
pub(in crate::apps) const HEAD: &str = "HEAD";

/// Whether an application stays at a commit whatever its branch.
pub(in crate::apps) fn is_pinned(app: &Application) -> bool {
    app.git_commit_sha.as_deref().is_some_and(|commit| commit != HEAD)
}

/// Changes what the application takes; whether it must be deployed to take effect, and what is worth
/// a word.
pub(super) async fn update(
    cx: &Workspace,
    coolify: &Coolify,
    app: &Owned<Application>,
    patch: AppPatch,
    fates: &mut Fates,
) -> Result<(bool, Vec<String>), Failure> {
    let (wanted, mut changes) = taken(app, &patch, fates)?;
    if wanted.is_empty() {
        return Ok((false, Vec::new()));
    }
    if app.is_compose() && wanted.iter().any(|it| !AT_ONCE.contains(&it.member)) {
        allow_compose_repository(cx)?;
    }
    let name = changes.name.take().filter(|name| *name != app.name);
    if let Some(name) = &name {
        let (there, back) = (named(name), named(&app.name));
        let there = coolify.update_application(app, &there);
        let back = coolify.update_application(app, &back);
        rename(cx, &app.uuid, name, Box::pin(there), Box::pin(back)).await?;
    }
    let told = coolify.update_application(app, &changes).await;
    told.map_err(|failure| if name.is_some() { failure.in_doubt() } else { failure })?;
    let read = coolify.application(&app.uuid).await.map_err(Failure::in_doubt)?;
    let mut needs_deploy = false;
    for Wanted { member, value } in &wanted {
        let kept = keeps(&read, member, value);
        fates.compared(member, kept);
        needs_deploy |= kept && !AT_ONCE.contains(member);
    }
    Ok((needs_deploy, pinned(&read, &patch).into_iter().collect()))
}

fn named(name: &str) -> ApplicationPatch {
    ApplicationPatch { name: Some(name.to_owned()), ..ApplicationPatch::default() }
}

/// A word on a branch that was changed and is not what is deployed.
fn pinned(app: &Application, patch: &AppPatch) -> Option<String> {
    let is_meant = patch.branch.is_none() || patch.commit.is_some() || app.runs_image();
    let commit = app.git_commit_sha.as_ref().filter(|_| !is_meant && is_pinned(app))?;
    Some(format!("The commit {commit} stays deployed whatever the branch: set commit to HEAD."))
}

/// The members that an application of this sort has, and what Coolify is to be told.
fn taken(
    app: &Application,
    patch: &AppPatch,
    fates: &mut Fates,
) -> Result<(Vec<Wanted>, ApplicationPatch), Failure> {
    let is_image = app.runs_image();
    let mut wanted = Vec::new();
    for (member, value) in patch.texts() {
        let Some(value) = value.cloned() else { continue };
        if is_image && !OF_IMAGES.contains(&member) {
            fates.ignored(member, "the app runs an image, which is built already");
        } else {
            wanted.push(Wanted { member, value });
        }
    }
    if let Some(value) = patch.image.clone() {
        if is_image {
            wanted.push(Wanted { member: "image", value });
        } else {
            fates.ignored("image", "the app is built from its repo: create another one");
        }
    }
    if patch.compose_raw.is_some() {
        fates.ignored("composeRaw", "only for apps made of composeRaw");
    }
    let changes = changes(&wanted)?;
    Ok((wanted, changes))
}

fn changes(wanted: &[Wanted]) -> Result<ApplicationPatch, Failure> {
    let mut patch = ApplicationPatch::default();
    for Wanted { member, value } in wanted {
        let slot = match *member {
            "name" => &mut patch.name,
            "description" => &mut patch.description,
            "branch" => &mut patch.git_branch,
            "commit" => &mut patch.git_commit_sha,
            "ports" => &mut patch.ports_exposes,
            "installCommand" => &mut patch.install_command,
            "buildCommand" => &mut patch.build_command,
            "startCommand" => &mut patch.start_command,
            "baseDirectory" => &mut patch.base_directory,
            "publishDirectory" => &mut patch.publish_directory,
            "dockerfileLocation" => &mut patch.dockerfile_location,
            "dockerComposeLocation" => &mut patch.docker_compose_location,
            _ => {
                let examples = "nginx:1.27, ghcr.io/org/app:2.0";
                patch.image = Some(names::image("`patch.image`", examples, value)?);
                continue;
            }
        };
        *slot = Some(value.clone());
    }
    Ok(patch)
}

/// Whether Coolify has a member as it was asked for; an empty text is none to it.
fn keeps(app: &Application, member: &str, value: &str) -> bool {
    let present = match member {
        "name" => Some(app.name.as_str()),
        "description" => app.description.as_deref(),
        "branch" => app.git_branch.as_deref(),
        "commit" => app.git_commit_sha.as_deref(),
        "ports" => app.ports_exposes.as_deref(),
        "installCommand" => app.install_command.as_deref(),
        "buildCommand" => app.build_command.as_deref(),
        "startCommand" => app.start_command.as_deref(),
        "baseDirectory" => app.base_directory.as_deref(),
        "publishDirectory" => app.publish_directory.as_deref(),
        "dockerfileLocation" => app.dockerfile_location.as_deref(),
        "dockerComposeLocation" => app.docker_compose_location.as_deref(),
        _ => return app.image().is_some_and(|present| is_image(&present, value)),
    };
    present.unwrap_or_default().trim() == value.trim()
}

/// Whether both name one image.
fn is_image(present: &str, wanted: &str) -> bool {
    match (present.parse::<Image>(), wanted.parse()) {
        (Ok(present), Ok(wanted)) => present.is_same_as(&wanted),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn application(members: &Value) -> Application {
        let mut value = json!({ "uuid": "zg4cwgc44ogc08804000gggo" });
        value.as_object_mut().unwrap().extend(members.as_object().unwrap().clone());
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn an_image_is_the_same_however_it_is_written() {
        let digest = format!("nginx@sha256:{}", "0".repeat(64));
        for (present, wanted, same) in [
            ("nginx:latest", "nginx", true),
            ("nginx:1.27", "nginx:1.27", true),
            ("nginx:1.27", "nginx", false),
            (digest.as_str(), digest.as_str(), true),
            (digest.as_str(), "nginx", false),
            ("odd odd", "odd odd", false),
        ] {
            assert_eq!(is_image(present, wanted), same, "{present} {wanted}");
        }
    }

    #[test]
    fn what_is_cleared_is_absent() {
        let app = application(&json!({ "build_command": null, "start_command": "run" }));
        assert!(keeps(&app, "buildCommand", "") && !keeps(&app, "startCommand", ""));
        assert!(keeps(&app, "startCommand", " run") && !keeps(&app, "branch", "main"));
    }

    #[test]
    fn every_member_reaches_the_field_that_it_is_read_from() {
        let fields = [
            "name",
            "description",
            "git_branch",
            "git_commit_sha",
            "ports_exposes",
            "install_command",
            "build_command",
            "start_command",
            "base_directory",
            "publish_directory",
            "dockerfile_location",
            "docker_compose_location",
        ];
        let texts = AppPatch::default();
        for ((member, _), field) in texts.texts().into_iter().zip(fields) {
            let app = application(&json!({ field: "x" }));
            assert!(keeps(&app, member, "x"), "{member}");
            let patch = changes(&[Wanted { member, value: "x".to_owned() }]).unwrap();
            assert!(format!("{patch:?}").contains(&format!("{field}: Some(\"x\")")), "{patch:?}");
        }
    }
}
