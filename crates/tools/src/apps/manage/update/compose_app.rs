//! Changes a compose app.

use covibe_coolify::{Service, ServicePatch};
use covibe_domain::Failure;
use covibe_policy::Owned;
use covibe_workspace::{Coolify, NotedFile, Workspace};

use super::app_rename::{Renamed, RenamedApp};
use super::applicable_fields::{AppSource, applicable};
use super::compose_file::{NewFile, read};
use super::patch_parameter::AppPatch;
use super::runtime_settings::Lasting;
use super::text_fields::Member;
use crate::apps::compose::generated_file_check;
use crate::apps::compose::generated_hosts::{self, Replacement};
use crate::patch_outcome::PatchOutcome;
use crate::resource_rename::rename;

/// The effect of a patch on a compose app.
#[derive(Default)]
pub(super) struct UpdateEffect {
    /// True if the app must be deployed for it to take effect.
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
    confirmed: &[String],
    fates: &mut PatchOutcome,
) -> Result<UpdateEffect, Failure> {
    let mut wanted = applicable(&patch, AppSource::Compose, fates);
    Lasting::ignore_members(&patch, fates);
    let file = match patch.compose_raw.as_deref() {
        Some(text) => Some(read(cx, coolify, service, text, confirmed).await?),
        None => None,
    };
    if wanted.is_empty() {
        return Ok(UpdateEffect::default());
    }
    let is_present = file.as_ref().is_some_and(|file| file.is_present(service));
    if let Some(file) = file.as_ref().filter(|_| is_present) {
        file.finish(cx, coolify, service).await?;
        fates.add_compared("composeRaw", true);
        wanted.retain(|(member, _)| member.name != "composeRaw");
        if wanted.is_empty() {
            return Ok(effect(file, service, file.was_unstarted));
        }
    }
    let sent = file.as_ref().filter(|_| !is_present);
    let Written { read, replaced, noted } = write(cx, coolify, service, &wanted, sent).await?;
    for (member, text) in &wanted {
        if let Some(column) = member.service {
            fates.add_compared(member.name, column.keeps(&read, text));
        }
    }
    let mut is_stored = false;
    if let (Some(file), Some(noted)) = (sent, noted) {
        let (before, after) = (service.compose(), read.compose());
        let is_kept = file.is_kept(before, after);
        fates.add_compared("composeRaw", is_kept);
        // Coolify may have stored something else, or does not return it.
        is_stored = is_kept || after.is_none() || before != after;
        end_note(coolify, noted, is_stored).await;
    }
    let mut effect = match &file {
        Some(file) if is_present || is_stored => effect(file, &read, file.was_unstarted),
        Some(file) => UpdateEffect { needs_deploy: file.was_unstarted, ..UpdateEffect::default() },
        None => UpdateEffect::default(),
    };
    effect.needs_deploy |= is_stored || !replaced.is_empty();
    effect.hints.extend(replaced.iter().map(Replacement::hint));
    Ok(effect)
}

/// Returns the effect of a file on an app as it is now.
fn effect(file: &NewFile, now: &Service, needs_deploy: bool) -> UpdateEffect {
    UpdateEffect { needs_deploy, warnings: file.warnings(now), hints: file.hints(now) }
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
        if let Some(column) = member.service {
            column.write(&mut patch, &member.parameter_name(), text)?;
        }
    }
    Ok(patch)
}

/// An app after changes were written.
struct Written {
    read: Owned<Service>,
    /// The hosts that were replaced.
    replaced: Vec<Replacement>,
    /// The note of the file, if one was sent.
    noted: Option<NotedFile>,
}

/// Writes the changes, and checks the file that Coolify generates for the app then. The name comes first, so that
/// nothing is changed if it is taken.
async fn write(
    cx: &Workspace,
    coolify: &Coolify,
    service: &Owned<Service>,
    wanted: &[(&Member, &str)],
    file: Option<&NewFile>,
) -> Result<Written, Failure> {
    let mut changes = changes(wanted, service, file)?;
    let name = changes.name.take().filter(|name| *name != service.name);
    if let Some(name) = &name {
        let renamed = Renamed { coolify, app: RenamedApp::Service(service) };
        Box::pin(rename(cx, &renamed, name)).await?;
    }
    let noted = send(cx, coolify, service, &changes, file).await;
    let in_doubt = |failure: Failure| if name.is_some() { failure.in_doubt() } else { failure };
    let noted = noted.map_err(in_doubt)?;
    let (read, replaced) = finish_after_write(cx, coolify, service, file).await?;
    Ok(Written { read, replaced, noted })
}

/// Sends the changes. A note of the file is made before, and taken back if Coolify has certainly not stored the file.
async fn send(
    cx: &Workspace,
    coolify: &Coolify,
    service: &Owned<Service>,
    changes: &ServicePatch,
    file: Option<&NewFile>,
) -> Result<Option<NotedFile>, Failure> {
    let Some(file) = file else {
        coolify.update_service(service, changes).await?;
        return Ok(None);
    };
    let noted = file.note(cx, coolify, service).await?;
    let (sent, may_be_stored) = match file.prepare(coolify, service).await {
        Ok(()) => {
            let sent = coolify.update_service(service, changes).await;
            let may_be_stored = sent.as_ref().is_err_and(Failure::is_in_doubt);
            (sent, may_be_stored)
        }
        Err(failure) => (Err(failure.in_doubt()), false),
    };
    match sent {
        Ok(()) => Ok(Some(noted)),
        Err(failure) => {
            if !may_be_stored {
                end_note(coolify, noted, false).await;
            }
            Err(failure)
        }
    }
}

/// Settles the note of a file that was stored, and takes back that of another one.
async fn end_note(coolify: &Coolify, noted: NotedFile, is_stored: bool) {
    if is_stored {
        coolify.settle_unstarted(noted).await;
    } else {
        coolify.undo_unstarted(noted).await;
    }
}

/// Does the work after changes were written. Returns the app as it is then, and the replacements of hosts.
async fn finish_after_write(
    cx: &Workspace,
    coolify: &Coolify,
    service: &Owned<Service>,
    file: Option<&NewFile>,
) -> Result<(Owned<Service>, Vec<Replacement>), Failure> {
    let mut read = coolify.service(&service.uuid).await.map_err(Failure::in_doubt)?;
    if let Some(file) = file {
        read = file.finish_after_write(coolify, read).await.map_err(Failure::in_doubt)?;
    }
    let replaced = generated_hosts::replace(cx, coolify, service, &read).await;
    let replaced = replaced.map_err(Failure::in_doubt)?.unwrap_or_default();
    Ok((generated_file_check::check(cx, coolify, &read).await?, replaced))
}
