//! Changes an application.

use covibe_coolify::{Application, ApplicationPatch, BuildSource};
use covibe_domain::Failure;
use covibe_domain::entities::BuildPack;
use covibe_domain::shell::CommitSha;
use covibe_policy::Owned;
use covibe_repository::Places;
use covibe_workspace::{AnyApp, Coolify, Workspace};

use super::app_rename::{Renamed, RenamedApp};
use super::applicable_fields::{AppSource, applicable};
use super::patch_parameter::AppPatch;
use super::runtime_settings::Lasting;
use super::text_fields::{Effective, MEMBERS, Member};
use super::{application_ports, build_settings};
use crate::apps::compose::policy_request::check_compose_repositories;
use crate::apps::compose::repository_compose::{self, ComposePlace};
use crate::apps::repository::build_plan::{BuildParams, BuildPlan};
use crate::apps::repository::repository_build::{self, Code, DOCKERFILE, check_dockerfile};
use crate::image_checks::check_image;
use crate::patch_outcome::PatchOutcome;
use crate::resource_names::{check_registry, shell_text};
use crate::resource_rename::rename;

/// The members that decide on what is built.
const CODE: [&str; 5] =
    ["branch", "commit", "baseDirectory", "dockerfileLocation", "dockerComposeLocation"];

/// The members among them that decide on how it is built.
const BUILD: [&str; 2] = ["baseDirectory", "dockerfileLocation"];

/// Applies the members of the patch that the application has. Returns whether it must be deployed for
/// the changes to take effect, and hints.
pub(super) async fn update(
    cx: &Workspace,
    coolify: &Coolify,
    app: &Owned<Application>,
    (patch, confirmed): (AppPatch, &[String]),
    fates: &mut PatchOutcome,
) -> Result<(bool, Vec<String>), Failure> {
    let source = if app.runs_image() { AppSource::Image } else { AppSource::Repository };
    let mut wanted = applicable(&patch, source, fates);
    let pack = build_settings::wanted_pack(&patch, app, fates);
    build_settings::leave_out_others(&mut wanted, app, pack, fates);
    let lasting = Lasting::from_patch(cx, &patch, app, fates)?;
    if let Some(image) = &changes(&wanted)?.image {
        check_registry(cx, "`patch.image`", image)?;
        check_image(cx, "`patch.image`", image).await?;
    }
    if wanted.is_empty() && pack.is_none() && lasting.is_empty() {
        return Ok((false, Vec::new()));
    }
    if app.is_compose() && wanted.iter().any(|(member, _)| member.effective == Effective::Deployed)
    {
        check_compose_repositories(cx)?;
    }
    let code = resolve_code(cx, (coolify, app), (pack, &wanted), confirmed).await?;
    let by_plan = code.plan.as_ref().filter(|_| pack.is_some()).map(|plan| plan.ports.as_str());
    if let Some(ports) = by_plan.filter(|_| patch.ports.is_none()) {
        wanted.extend(member("ports").map(|member| (member, ports)));
    }
    for (member, text) in &mut wanted {
        if let Some(meant) = code.resolved_value(member.name) {
            *text = meant;
        }
    }
    let mut changes = changes(&wanted)?;
    changes.source.clone_from(&code.source);
    changes.build_pack = pack;
    changes.health_check.clone_from(&lasting.health_check);
    changes.limits.clone_from(&lasting.limits);
    application_ports::complete(&mut changes, app, fates);
    let found = lasting.compare_with(coolify, app).await?;
    let is_read = write(cx, coolify, app, changes).await? && lasting.is_empty();
    let unmounted = lasting.write_volumes(coolify, app).await.map_err(Failure::in_doubt)?;
    let read = read_back(coolify, app, is_read).await.map_err(Failure::in_doubt)?;
    let kept = lasting.compare_with(coolify, &read).await.map_err(Failure::in_doubt)?;
    let mut needs_deploy = kept.report(found, fates);
    for (member, text) in &wanted {
        let is_changed = compare(member, text, &read, fates) && !had_value(member, text, app);
        needs_deploy |= is_changed && member.effective == Effective::Deployed;
    }
    if let Some(pack) = pack {
        let is = |app: &Application| {
            app.build_pack.as_ref().is_some_and(|it| it.as_str() == pack.as_str())
        };
        fates.add_compared("buildPack", is(&read));
        needs_deploy |= is(&read) && !is(app);
    }
    let planned = code.plan.into_iter().filter(|_| pack.is_some()).flat_map(|plan| plan.hints);
    let hints = unmounted.into_iter().chain(planned).chain(pinned_hint(&read, &patch));
    Ok((needs_deploy, hints.collect()))
}

/// Returns the row of a member.
fn member(name: &str) -> Option<&'static Member> {
    MEMBERS.iter().find(|member| member.name == name)
}

/// Returns whether an application had a value before the call.
fn had_value(member: &Member, text: &str, before: &Application) -> bool {
    let had = member.application.is_some_and(|column| column.keeps(before, text));
    had && (member.name != "ports" || application_ports::is_followed(before))
}

/// Compares the value that was written with the one that Coolify has now, and reports the outcome. Returns whether it
/// was kept.
fn compare(member: &Member, text: &str, read: &Application, fates: &mut PatchOutcome) -> bool {
    let Some(column) = member.application else { return false };
    if fates.is_ignored(member.name) {
        return false;
    }
    let kept = column.keeps(read, text);
    if kept && member.name == "ports" && !application_ports::is_followed(read) {
        fates.add_ignored(
            "ports",
            "Coolify saved it, but its proxy keeps the old port: repeat the call",
        );
        return true;
    }
    fates.add_compared(member.name, kept);
    kept
}

/// The changes, resolved in the app's repository.
#[derive(Default)]
struct Resolved {
    branch: Option<String>,
    commit: Option<String>,
    /// The commit that is built from now on, if it changes.
    source: Option<BuildSource>,
    /// The plan by which it is built then, if that changes.
    plan: Option<BuildPlan>,
}

impl Resolved {
    /// Returns the resolved value of a member; `None` if its text stays.
    fn resolved_value(&self, name: &str) -> Option<&str> {
        match name {
            "branch" => self.branch.as_deref(),
            "commit" => self.commit.as_deref(),
            _ => None,
        }
    }
}

/// Judges the commit that is built after the changes, if they name a branch, a commit, a place in the repository or a
/// build pack; with the compose file that the app then has, if it has one.
async fn resolve_code(
    cx: &Workspace,
    (coolify, app): (&Coolify, &Owned<Application>),
    (pack, wanted): (Option<BuildPack>, &[(&Member, &str)]),
    confirmed: &[String],
) -> Result<Resolved, Failure> {
    let text = |name: &str| wanted.iter().find(|(member, _)| member.name == name).map(|it| it.1);
    let is_given = |name: &&str| text(name).is_some();
    if pack.is_none() && !CODE.iter().any(is_given) {
        return Ok(Resolved::default());
    }
    let (branch, commit) = (text("branch"), text("commit"));
    let code = Code::from_application(cx, app, branch).await?;
    let mut places = repository_build::places(app);
    places.folder = text("baseDirectory").unwrap_or(places.folder);
    places.files.extend(text("dockerfileLocation"));
    places.files.extend(text("dockerComposeLocation"));
    let present = app.git_commit_sha.as_deref().filter(|_| !app.follows_branch());
    let hash = commit.or(present).filter(|commit| *commit != CommitSha::HEAD);
    let examined = code.examine(cx, hash).await?;
    let location = text("dockerfileLocation").or(app.dockerfile_location.as_deref());
    let plan = if pack.is_some() || BUILD.iter().any(is_given) {
        // Problems of the commit itself come before those of missing files.
        examined.judge(hash.is_none(), &Places::default())?;
        let ports = text("ports").map(|text| shell_text("patch.ports", text)).transpose()?;
        let (folder, dockerfile, ports) = (places.folder, location, ports.as_ref());
        let asked = BuildParams { folder, dockerfile, ports, ..BuildParams::default() };
        build_settings::plan(cx, app, (pack, asked), &examined.verdict)?
    } else {
        None
    };
    let by_file = match pack {
        Some(pack) => pack == BuildPack::Dockerfile,
        None => !places.dockerfiles.is_empty(),
    };
    places.dockerfiles = by_file.then(|| location.unwrap_or(DOCKERFILE)).into_iter().collect();
    let judged = if app.is_compose() {
        let location =
            text("dockerComposeLocation").unwrap_or(ComposePlace::from_app(app).location);
        let place = ComposePlace { base: places.folder, location };
        let examined = (&code.repo, &examined, hash.is_none());
        Box::pin(repository_compose::judge(cx, coolify, app, (place, confirmed), examined)).await?
    } else {
        examined.judge(hash.is_none(), &places)?
    };
    let source = judged.source().clone();
    let is_pinned = commit.is_some_and(|commit| commit != CommitSha::HEAD);
    Ok(Resolved {
        branch: branch.map(|_| code.branch),
        commit: is_pinned.then(|| source.commit.to_string()),
        source: Some(source),
        plan,
    })
}

fn changes(wanted: &[(&Member, &str)]) -> Result<ApplicationPatch, Failure> {
    let mut patch = ApplicationPatch::default();
    for (member, text) in wanted {
        if let Some(column) = member.application {
            column.write(&mut patch, &member.parameter_name(), text)?;
        }
    }
    if let Some(location) = &patch.dockerfile_location {
        check_dockerfile("patch.dockerfileLocation", location)?;
    }
    Ok(patch)
}

/// Returns the application as it is after the changes. `is_read` is whether the contents of the project
/// were read since.
async fn read_back(
    coolify: &Coolify,
    app: &Owned<Application>,
    is_read: bool,
) -> Result<Owned<Application>, Failure> {
    if is_read && let AnyApp::Application(read) = coolify.listed_app(&app.uuid).await? {
        return Ok(read);
    }
    coolify.application(&app.uuid).await
}

/// Writes the changes; the name first, so that nothing is changed if it is taken. Returns whether the name was the
/// only change, so that the contents of the project were read afterwards.
async fn write(
    cx: &Workspace,
    coolify: &Coolify,
    app: &Owned<Application>,
    mut changes: ApplicationPatch,
) -> Result<bool, Failure> {
    let Some(name) = changes.name.take().filter(|name| *name != app.name) else {
        return coolify.update_application(app, &changes).await.map(|()| false);
    };
    let renamed = Renamed { coolify, app: RenamedApp::Application(app) };
    Box::pin(rename(cx, &renamed, &name)).await?;
    coolify.update_application(app, &changes).await.map_err(Failure::in_doubt)?;
    Ok(changes.is_empty())
}

/// Returns a hint if the branch was changed, but a fixed commit of the application is deployed.
fn pinned_hint(app: &Application, patch: &AppPatch) -> Option<String> {
    let is_intended = patch.branch.is_none() || patch.commit.is_some() || app.runs_image();
    let commit = app.git_commit_sha.as_ref().filter(|_| !is_intended && !app.follows_branch())?;
    Some(format!(
        "The app stays on the commit {commit}, even on another branch: to follow the branch, set \
         `commit` to HEAD."
    ))
}
