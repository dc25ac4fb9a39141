//! Changing how an application is built.

use covibe_coolify::{Application, BuildPack as Present};
use covibe_domain::Failure;
use covibe_domain::entities::BuildPack;
use covibe_domain::shell::Ports;
use covibe_repository::{Exposed, Verdict};
use covibe_workspace::Workspace;

use super::patch_parameter::AppPatch;
use super::text_fields::Member;
use crate::apps::repository::build_plan::{BuildParams, BuildPlan};
use crate::apps::repository::repository_build::DOCKERFILE;
use crate::patch_outcome::PatchOutcome;

/// The reason why an app that is not built has no build pack.
const IMAGE: &str = "the app runs an image, which is already built";
const FILE: &str = "a compose app runs what its file says: change `composeRaw`";

/// The reason why the build pack of a compose file in a repository is neither given nor taken: such an app has other
/// domains.
const COMPOSE: &str =
    "an app can't change to or from dockercompose: create another one with apps.create";

/// Reports the build pack of a compose app's patch as ignored.
pub(super) fn ignore_build_pack(patch: &AppPatch, fates: &mut PatchOutcome) {
    if patch.build_pack.is_some() {
        fates.add_ignored("buildPack", FILE);
    }
}

/// Returns the build pack that a patch asks for, if the application can get it. Otherwise it is reported as ignored.
pub(super) fn wanted_pack(
    patch: &AppPatch,
    app: &Application,
    fates: &mut PatchOutcome,
) -> Option<BuildPack> {
    let pack = patch.build_pack?;
    let is_other = app.is_compose() != (pack == BuildPack::Dockercompose);
    let reason = if app.runs_image() { Some(IMAGE) } else { is_other.then_some(COMPOSE) };
    match reason {
        Some(reason) => {
            fates.add_ignored("buildPack", reason);
            None
        }
        None => Some(pack),
    }
}

/// Takes the members out of a patch that have no effect with the build pack that the application then has. They are
/// reported as ignored, with what they need.
pub(super) fn leave_out_others(
    wanted: &mut Vec<(&Member, &str)>,
    app: &Application,
    pack: Option<BuildPack>,
    fates: &mut PatchOutcome,
) {
    let Some(pack) = pack.map(BuildPack::as_str).or(app.build_pack.as_ref().map(Present::as_str))
    else {
        return;
    };
    let needs = [
        ("dockerfileLocation", BuildPack::Dockerfile),
        ("dockerComposeLocation", BuildPack::Dockercompose),
    ];
    for (name, needed) in needs {
        let is_given = wanted.iter().any(|(member, _)| member.name == name);
        if !is_given || pack == needed.as_str() {
            continue;
        }
        wanted.retain(|(member, _)| member.name != name);
        fates.add_ignored(
            name,
            match needed {
                BuildPack::Dockerfile => {
                    format!("the app is built by {pack}: pass `buildPack` dockerfile with it")
                }
                _ => format!(
                    "the app is built by {pack}, and not from a compose file in its repository"
                ),
            },
        );
    }
}

/// Returns how an application is built with another build pack, or by another Dockerfile; none if neither changes.
/// Ports that the patch does not name stay, unless the Dockerfile exposes others, or a static site had or gets them.
///
/// # Errors
///
/// Rejected if the build would certainly fail.
pub(super) fn plan(
    cx: &Workspace,
    app: &Application,
    (pack, asked): (Option<BuildPack>, BuildParams<'_>),
    verdict: &Verdict,
) -> Result<Option<BuildPlan>, Failure> {
    let is_by_file = app.build_pack == Some(Present::Dockerfile);
    let Some(pack) = pack.or(is_by_file.then_some(BuildPack::Dockerfile)) else { return Ok(None) };
    let is_new = app.build_pack.as_ref().map(Present::as_str) != Some(pack.as_str());
    let present: Option<Ports> = app.ports_exposes.as_deref().and_then(|ports| ports.parse().ok());
    let exposed = verdict.exposed_port(asked.folder, asked.dockerfile.unwrap_or(DOCKERFILE));
    let is_open = match pack {
        _ if !is_new => false,
        BuildPack::Static => true,
        BuildPack::Dockerfile if matches!(exposed, Some(Exposed::Port(_))) => true,
        _ => app.build_pack == Some(Present::Static),
    };
    let kept = present.as_ref().filter(|_| !is_open);
    let asked = BuildParams { pack: Some(pack), ports: asked.ports.or(kept), ..asked };
    BuildPlan::from_verdict(cx, &asked, verdict).map(Some)
}
