//! Changing an app that is made of a compose file.

use covibe_compose::{Compose, compose};
use covibe_coolify::{Service, ServicePatch};
use covibe_domain::{AppUuid, Failure};
use covibe_policy::Owned;
use covibe_workspace::{Coolify, Workspace};

use super::name::rename;
use super::source::{Source, taken};
use super::table::AppPatch;
use crate::apps::generated::{self, Given};
use crate::patch::Fates;

/// Changes what a compose app takes; whether it must be deployed to take effect, and what its file
/// is worth a word for.
pub(super) async fn update(
    cx: &Workspace,
    coolify: &Coolify,
    service: &Owned<Service>,
    patch: AppPatch,
    fates: &mut Fates,
) -> Result<(bool, Vec<String>), Failure> {
    let wanted = taken(&patch, Source::Compose, fates);
    let file = patch.compose_raw.as_deref().map(compose).transpose()?;
    if wanted.is_empty() {
        return Ok((false, Vec::new()));
    }
    let mut changes = ServicePatch {
        compose: file.as_ref().map(|file| file.text().to_owned()),
        ..ServicePatch::default()
    };
    for (member, text) in &wanted {
        if let Some(column) = &member.service {
            (column.write)(&mut changes, &member.shown(), text)?;
        }
    }
    write(cx, coolify, service, &changes).await?;
    let read = coolify.service(&service.uuid).await.map_err(Failure::in_doubt)?;
    let given = generated::replace(cx, coolify, service, &read).await.map_err(Failure::in_doubt)?;
    let hints: Vec<_> = given.iter().map(Given::hint).collect();
    for (member, text) in &wanted {
        if let Some(column) = &member.service {
            fates.compared(member.name, (column.keeps)(&read, text));
        }
    }
    let Some(file) = file else { return Ok((!hints.is_empty(), hints)) };
    let kept = keeps(service.compose(), read.compose(), &file);
    fates.compared("composeRaw", kept);
    Ok((kept || !hints.is_empty(), [file.hints, hints].concat()))
}

async fn write(
    cx: &Workspace,
    coolify: &Coolify,
    service: &Owned<Service>,
    changes: &ServicePatch,
) -> Result<(), Failure> {
    let Some(name) = changes.name.clone().filter(|name| *name != service.name) else {
        return coolify.update_service(service, changes).await;
    };
    let (there, back) = (named(&name), named(&service.name));
    let there = coolify.update_service(service, &there);
    let back = coolify.update_service(service, &back);
    rename(cx, &AppUuid::from(&service.uuid), &name, Box::pin(there), Box::pin(back)).await?;
    let rest = ServicePatch { name: None, ..changes.clone() };
    coolify.update_service(service, &rest).await.map_err(Failure::in_doubt)
}

fn named(name: &str) -> ServicePatch {
    ServicePatch { name: Some(name.to_owned()), ..ServicePatch::default() }
}

/// Whether Coolify has the file. It writes every file again in its own way, and takes out what it
/// keeps elsewhere: where that makes a difference, it is enough that the file is another one than
/// before and has the same services.
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
    fn a_file_is_kept_in_coolifys_own_way_too() {
        let wanted =
            compose("services:\n  web:\n    image: nginx:1\n    environment: {A: b}\n").unwrap();
        let same = "# once more\nservices: {web: {environment: [A=b], image: nginx:1}}\n";
        assert!(keeps(Some(same), Some(same), &wanted) || keeps(None, Some(same), &wanted));
        let other = "services: {web: {image: nginx:2}}\n";
        assert!(!keeps(Some(other), Some(other), &wanted));
        assert!(!keeps(None, None, &wanted) && !keeps(None, Some("{"), &wanted));
    }
}
