//! Changing an app that is made of a compose file.

use covibe_compose::{Compose, compose};
use covibe_coolify::{Service, ServicePatch};
use covibe_domain::{AppUuid, Failure};
use covibe_policy::Owned;
use covibe_workspace::{Coolify, Workspace};

use super::members::AppPatch;
use super::name::rename;
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
    for (member, value) in patch.texts() {
        if value.is_some() && !["name", "description"].contains(&member) {
            fates.ignored(member, "a compose app has it in its file: change composeRaw");
        }
    }
    if patch.image.is_some() {
        fates.ignored("image", "a compose app has its images in its file: change composeRaw");
    }
    let file = patch.compose_raw.as_deref().map(compose).transpose()?;
    let (name, description) = (patch.name, patch.description);
    if name.is_none() && description.is_none() && file.is_none() {
        return Ok((false, Vec::new()));
    }
    let changes = ServicePatch {
        name: name.clone(),
        description: description.clone(),
        compose: file.as_ref().map(|file| file.text().to_owned()),
        ..ServicePatch::default()
    };
    write(cx, coolify, service, &changes).await?;
    let read = coolify.service(&service.uuid).await.map_err(Failure::in_doubt)?;
    let given = generated::replace(cx, coolify, service, &read).await.map_err(Failure::in_doubt)?;
    let hints: Vec<_> = given.iter().map(Given::hint).collect();
    if let Some(name) = name {
        fates.compared("name", read.name == name);
    }
    if let Some(text) = description {
        fates.compared(
            "description",
            read.description.as_deref().unwrap_or_default().trim() == text.trim(),
        );
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
