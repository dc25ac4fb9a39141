//! Changing a compose app.

use covibe_compose::{Compose, compose};
use covibe_coolify::{Service, ServicePatch};
use covibe_domain::Failure;
use covibe_policy::Owned;
use covibe_workspace::{Coolify, Workspace};

use super::lasting::Lasting;
use super::name::{Renamed, RenamedApp};
use super::source::{Source, applicable};
use super::table::{AppPatch, Member};
use crate::apps::generated_hosts::{self, Replacement};
use crate::apps::guard;
use crate::patch::PatchOutcome;
use crate::rename::rename;

/// Applies the members of the patch that a compose app has. Returns whether it must be deployed for
/// the changes to take effect, and hints.
pub(super) async fn update(
    cx: &Workspace,
    coolify: &Coolify,
    service: &Owned<Service>,
    patch: AppPatch,
    fates: &mut PatchOutcome,
) -> Result<(bool, Vec<String>), Failure> {
    let wanted = applicable(&patch, Source::Compose, fates);
    Lasting::ignore(&patch, fates);
    let file = patch.compose_raw.as_deref().map(compose).transpose()?;
    if wanted.is_empty() {
        return Ok((false, Vec::new()));
    }
    write(cx, coolify, service, &changes(&wanted, file.as_ref())?).await?;
    let read = coolify.service(&service.uuid).await.map_err(Failure::in_doubt)?;
    let replaced = generated_hosts::replace(cx, coolify, service, &read).await;
    let replaced = replaced.map_err(Failure::in_doubt)?.unwrap_or_default();
    let read = guard::check(cx, coolify, &read).await?;
    let hints: Vec<_> = replaced.iter().map(Replacement::hint).collect();
    for (member, text) in &wanted {
        if let Some(column) = &member.service {
            fates.compared(member.name, (column.keeps)(&read, text));
        }
    }
    let Some(file) = file else { return Ok((!hints.is_empty(), hints)) };
    let kept = keeps(service.compose(), read.compose(), &file);
    fates.compared("composeRaw", kept);
    // A token that may not read the file can't tell whether it changed.
    let is_changed = kept && (service.compose().is_none() || service.compose() != read.compose());
    Ok((is_changed || !hints.is_empty(), [file.hints, hints].concat()))
}

fn changes(wanted: &[(&Member, &str)], file: Option<&Compose>) -> Result<ServicePatch, Failure> {
    let compose = file.map(|file| file.text().to_owned());
    let mut patch = ServicePatch { compose, ..ServicePatch::default() };
    for (member, text) in wanted {
        if let Some(column) = &member.service {
            (column.write)(&mut patch, &member.shown(), text)?;
        }
    }
    Ok(patch)
}

/// Writes the changes; the name first, so that nothing is changed if it is taken.
async fn write(
    cx: &Workspace,
    coolify: &Coolify,
    service: &Owned<Service>,
    changes: &ServicePatch,
) -> Result<(), Failure> {
    let Some(name) = changes.name.clone().filter(|name| *name != service.name) else {
        return coolify.update_service(service, changes).await;
    };
    let renamed = Renamed { coolify, app: RenamedApp::Service(service) };
    Box::pin(rename(cx, &renamed, &name)).await?;
    let rest = ServicePatch { name: None, ..changes.clone() };
    coolify.update_service(service, &rest).await.map_err(Failure::in_doubt)
}

/// Returns whether Coolify kept the file. Coolify rewrites every file in its own form, and removes
/// what it stores elsewhere: if the texts differ therefore, the file must have changed and have the
/// wanted services.
fn keeps(before: Option<&str>, after: Option<&str>, wanted: &Compose) -> bool {
    let Some(after) = after else { return false };
    match compose(after) {
        Ok(kept) if kept.text() == wanted.text() => true,
        Ok(kept) => before != Some(after) && kept.services == wanted.services,
        Err(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_a_file_that_coolify_rewrote() {
        let wanted =
            compose("services:\n  web:\n    image: nginx:1\n    environment: {A: b}\n").unwrap();
        let same = "# once more\nservices: {web: {environment: [A=b], image: nginx:1}}\n";
        assert!(keeps(Some(same), Some(same), &wanted) || keeps(None, Some(same), &wanted));
        let other = "services: {web: {image: nginx:2}}\n";
        assert!(!keeps(Some(other), Some(other), &wanted));
        assert!(!keeps(None, None, &wanted) && !keeps(None, Some("{"), &wanted));
    }
}
