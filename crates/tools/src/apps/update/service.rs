//! Changing a compose app.

use covibe_compose::Compose;
use covibe_coolify::{Service, ServicePatch};
use covibe_domain::Failure;
use covibe_policy::Owned;
use covibe_workspace::{Coolify, Workspace};

use super::lasting::Lasting;
use super::name::{Renamed, RenamedApp};
use super::new_file::{NewFile, read};
use super::source::{Source, applicable};
use super::table::{AppPatch, Member};
use crate::apps::generated_hosts::{self, Replacement};
use crate::apps::{file_changes, guard};
use crate::patch::PatchOutcome;
use crate::rename::rename;

/// What a patch of a compose app led to.
#[derive(Default)]
pub(super) struct Effect {
    /// Whether the app must be deployed for it to take effect.
    pub(super) needs_deploy: bool,
    pub(super) warnings: Vec<String>,
    pub(super) hints: Vec<String>,
}

/// Applies the members of the patch that a compose app has.
pub(super) async fn update(
    cx: &Workspace,
    coolify: &Coolify,
    service: &Owned<Service>,
    patch: AppPatch,
    fates: &mut PatchOutcome,
) -> Result<Effect, Failure> {
    let mut wanted = applicable(&patch, Source::Compose, fates);
    Lasting::ignore(&patch, fates);
    let file = match patch.compose_raw.as_deref() {
        Some(text) => Some(read(cx, coolify, service, text).await?),
        None => None,
    };
    if wanted.is_empty() {
        return Ok(Effect::default());
    }
    let mut effect = Effect::default();
    let file = match file {
        Some(file) if file.is_present(service) => {
            file.finish(cx, coolify, service).await?;
            fates.compared("composeRaw", true);
            wanted.retain(|(member, _)| member.name != "composeRaw");
            effect.needs_deploy = coolify.is_unstarted(service);
            if wanted.is_empty() {
                effect.hints = hints_of(&file.compose);
                return Ok(effect);
            }
            None
        }
        file => file,
    };
    let (read, replaced) = write(cx, coolify, service, &wanted, file.as_ref()).await?;
    let hints: Vec<_> = replaced.iter().map(Replacement::hint).collect();
    effect.needs_deploy |= !hints.is_empty();
    for (member, text) in &wanted {
        if let Some(column) = &member.service {
            fates.compared(member.name, (column.keeps)(&read, text));
        }
    }
    let Some(file) = file else { return Ok(Effect { hints, ..effect }) };
    let (before, after) = (service.compose(), read.compose());
    let kept = file.is_kept(before, after);
    fates.compared("composeRaw", kept);
    // A token that may not read the file can't tell whether it changed.
    let is_changed = kept && (before.is_none() || before != after);
    let is_routed_anew = file.succession.has_moves();
    effect.needs_deploy |= is_changed || is_routed_anew || coolify.is_unstarted(service);
    effect.warnings = file.warnings(service, &read);
    let rewritten = file_changes::hints(&file.compose.changes);
    let routes = file.route_hints(service);
    effect.hints = [rewritten, hints_of(&file.compose), routes, hints].concat();
    Ok(effect)
}

/// Returns the hints about a file.
fn hints_of(compose: &Compose) -> Vec<String> {
    [file_changes::placeholder_hints(&compose.placeholders), compose.hints.clone()].concat()
}

fn changes(
    wanted: &[(&Member, &str)],
    service: &Service,
    file: Option<&NewFile>,
) -> Result<ServicePatch, Failure> {
    let mut patch = ServicePatch::default();
    if let Some(file) = file {
        file.add_to(&mut patch, service);
    }
    for (member, text) in wanted {
        if let Some(column) = &member.service {
            (column.write)(&mut patch, &member.shown(), text)?;
        }
    }
    Ok(patch)
}

/// Writes the changes, and checks what Coolify generates of the app then. The name comes first, so that
/// nothing is changed if it is taken. Returns the app as it is then, and which hosts were replaced.
async fn write(
    cx: &Workspace,
    coolify: &Coolify,
    service: &Owned<Service>,
    wanted: &[(&Member, &str)],
    file: Option<&NewFile>,
) -> Result<(Owned<Service>, Vec<Replacement>), Failure> {
    let mut changes = changes(wanted, service, file)?;
    let name = changes.name.take().filter(|name| *name != service.name);
    if let Some(name) = &name {
        let renamed = Renamed { coolify, app: RenamedApp::Service(service) };
        Box::pin(rename(cx, &renamed, name)).await?;
    }
    let in_doubt = |failure: Failure| if name.is_some() { failure.in_doubt() } else { failure };
    if let Some(file) = file {
        file.clear_rows(coolify, service).await.map_err(Failure::in_doubt)?;
        file.exclude_lost(coolify, service).await.map_err(Failure::in_doubt)?;
    }
    coolify.update_service(service, &changes).await.map_err(in_doubt)?;
    settle(cx, coolify, service, file).await
}

/// Does what follows the writing of changes. Returns the app as it is then, and which hosts were
/// replaced.
async fn settle(
    cx: &Workspace,
    coolify: &Coolify,
    service: &Owned<Service>,
    file: Option<&NewFile>,
) -> Result<(Owned<Service>, Vec<Replacement>), Failure> {
    let mut read = coolify.service(&service.uuid).await.map_err(Failure::in_doubt)?;
    if let Some(file) = file {
        read = file.settle(coolify, read).await.map_err(Failure::in_doubt)?;
    }
    let replaced = generated_hosts::replace(cx, coolify, service, &read).await;
    let replaced = replaced.map_err(Failure::in_doubt)?.unwrap_or_default();
    Ok((guard::check(cx, coolify, &read).await?, replaced))
}
