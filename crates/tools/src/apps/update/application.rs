//! Changing an application.

use covibe_coolify::{Application, ApplicationPatch, Image};
use covibe_domain::Failure;
use covibe_policy::Owned;

use super::members::AppPatch;
use super::name::refuse_taken;
use crate::context::{Coolify, Workspace};
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

/// Changes what the application takes; whether it must be deployed to take effect.
pub(super) async fn update(
    cx: &Workspace,
    coolify: &Coolify,
    app: &Owned<Application>,
    patch: AppPatch,
    fates: &mut Fates,
) -> Result<bool, Failure> {
    let (wanted, changes) = taken(app, &patch, fates)?;
    if wanted.is_empty() {
        return Ok(false);
    }
    let renamed = changes.name.clone().filter(|name| *name != app.name);
    if let Some(name) = &renamed {
        refuse_taken(cx, name, &app.uuid).await?;
    }
    coolify.update_application(app, &changes).await?;
    if let Some(name) = &renamed
        && let Err(taken) = refuse_taken(cx, name, &app.uuid).await
    {
        // Somebody took the name at the same time: neither is to keep it, or one of them alone.
        let back = ApplicationPatch { name: Some(app.name.clone()), ..ApplicationPatch::default() };
        coolify.update_application(app, &back).await.map_err(Failure::in_doubt)?;
        return Err(taken.in_doubt());
    }
    let read = coolify.application(&app.uuid).await.map_err(Failure::in_doubt)?;
    let mut needs_deploy = false;
    for Wanted { member, value } in &wanted {
        let kept = keeps(&read, member, value);
        fates.compared(member, kept);
        needs_deploy |= kept && !AT_ONCE.contains(member);
    }
    Ok(needs_deploy)
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
                patch.image = Some(image(value)?);
                continue;
            }
        };
        *slot = Some(value.clone());
    }
    Ok(patch)
}

fn image(text: &str) -> Result<Image, Failure> {
    text.parse().map_err(|_| {
        Failure::invalid("`patch.image` is not an image reference.")
            .hint("Like nginx:1.27, ghcr.io/org/app:2.0 or name@sha256:<64 hex digits>.")
    })
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

/// Whether both name one image: without a tag it is the latest.
fn is_image(present: &str, wanted: &str) -> bool {
    let whole = |text: &str| {
        let image: Image = text.parse().ok()?;
        let tag = image.tag.filter(|_| image.digest.is_none());
        let tag = tag.or_else(|| image.digest.is_none().then(|| "latest".to_owned()));
        Some((image.name, tag, image.digest))
    };
    whole(present).is_some_and(|present| Some(present) == whole(wanted))
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
