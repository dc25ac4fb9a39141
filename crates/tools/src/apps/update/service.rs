//! Changing an app that is made of a compose file.

use covibe_coolify::{Service, ServicePatch};
use covibe_domain::{AppUuid, Failure};
use covibe_policy::{Compose, Owned, compose};

use super::members::AppPatch;
use super::name::refuse_taken;
use crate::context::{Coolify, Workspace};
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
    if let Some(name) = name {
        fates.compared("name", read.name == name);
    }
    if let Some(text) = description {
        fates.compared(
            "description",
            read.description.as_deref().unwrap_or_default().trim() == text.trim(),
        );
    }
    let Some(file) = file else { return Ok((false, Vec::new())) };
    let kept = keeps(service.compose(), read.compose(), &file);
    fates.compared("composeRaw", kept);
    Ok((kept, file.hints))
}

async fn write(
    cx: &Workspace,
    coolify: &Coolify,
    service: &Owned<Service>,
    changes: &ServicePatch,
) -> Result<(), Failure> {
    let own = AppUuid::from(&service.uuid);
    let renamed = changes.name.as_ref().filter(|name| **name != service.name);
    if let Some(name) = renamed {
        refuse_taken(cx, name, &own).await?;
    }
    coolify.update_service(service, changes).await?;
    if let Some(name) = renamed
        && let Err(taken) = refuse_taken(cx, name, &own).await
    {
        let back = ServicePatch { name: Some(service.name.clone()), ..ServicePatch::default() };
        coolify.update_service(service, &back).await.map_err(Failure::in_doubt)?;
        return Err(taken.in_doubt());
    }
    Ok(())
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
