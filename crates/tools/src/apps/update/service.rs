//! Changing a compose app.

use covibe_compose::{Compose, compose, described, is_same_file};
use covibe_coolify::{Service, ServicePatch};
use covibe_domain::Failure;
use covibe_policy::Owned;
use covibe_workspace::{Coolify, Workspace};

use super::containers::exclude_lost;
use super::lasting::Lasting;
use super::name::{Renamed, RenamedApp};
use super::routes::{Moved, cleared, moved};
use super::rows::Rows;
use super::source::{Source, applicable};
use super::table::{AppPatch, Member};
use crate::apps::compose_request::request;
use crate::apps::generated_hosts::{self, Replacement};
use crate::apps::stored_files::StoredFiles;
use crate::apps::{file_changes, guard};
use crate::patch::PatchOutcome;
use crate::rename::rename;

/// What a patch of a compose app led to.
pub(super) struct Effect {
    /// Whether the app must be deployed for it to take effect.
    pub(super) needs_deploy: bool,
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
        return Ok(Effect { needs_deploy: false, hints: Vec::new() });
    }
    let file = match file {
        Some(file) if file.is_present(service) => {
            file.finish(cx, coolify, service).await?;
            fates.compared("composeRaw", true);
            wanted.retain(|(member, _)| member.name != "composeRaw");
            if wanted.is_empty() {
                return Ok(Effect { needs_deploy: false, hints: hints_of(&file.compose) });
            }
            None
        }
        file => file,
    };
    let (read, replaced) = write(cx, coolify, service, &wanted, file.as_ref()).await?;
    let hints: Vec<_> = replaced.iter().map(Replacement::hint).collect();
    for (member, text) in &wanted {
        if let Some(column) = &member.service {
            fates.compared(member.name, (column.keeps)(&read, text));
        }
    }
    let Some(file) = file else {
        return Ok(Effect { needs_deploy: !hints.is_empty(), hints });
    };
    let kept = keeps(service.compose(), read.compose(), &file);
    fates.compared("composeRaw", kept);
    // A token that may not read the file can't tell whether it changed.
    let is_changed = kept && (service.compose().is_none() || service.compose() != read.compose());
    let needs_deploy = is_changed || !hints.is_empty();
    let rewritten = file_changes::hints(&file.compose.changes);
    let moved = file.moved_hints(service);
    Ok(Effect { needs_deploy, hints: [rewritten, hints_of(&file.compose), moved, hints].concat() })
}

/// Returns the hints about a file.
fn hints_of(compose: &Compose) -> Vec<String> {
    [file_changes::placeholder_hints(&compose.placeholders), compose.hints.clone()].concat()
}

/// A new file, and the text that is sent for it.
pub(super) struct NewFile {
    pub(super) compose: Compose,
    pub(super) text: String,
    /// The variables that the app has before the change.
    rows: Rows,
}

impl NewFile {
    /// Returns whether a service has the file already, and no domains of another one.
    pub(super) fn is_present(&self, service: &Service) -> bool {
        service.compose().is_some_and(|present| is_same_file(present, &self.text))
            && self.urls(service).is_none()
    }

    /// Returns the URLs that change with the file, if any do.
    fn urls(&self, service: &Service) -> Option<Vec<(String, String)>> {
        let services = &self.compose.services;
        let mut urls = cleared(service, services);
        urls.extend(moved(service, services).iter().map(Moved::written));
        Some(urls).filter(|urls| !urls.is_empty())
    }

    /// Returns a hint about each URL whose port changes with the file.
    pub(super) fn moved_hints(&self, service: &Service) -> Vec<String> {
        moved(service, &self.compose.services).iter().flat_map(Moved::hints).collect()
    }

    /// Removes the variables that must not decide how the file is read. This comes before the file is
    /// written: later, their values could not be told from those that callers have set, so an
    /// interrupted change could not be continued.
    pub(super) async fn clear_rows(
        &self,
        coolify: &Coolify,
        service: &Owned<Service>,
    ) -> Result<(), Failure> {
        self.rows.follow(coolify, service, &self.text).await
    }

    /// Does what an interrupted change to this file may have left undone.
    pub(super) async fn finish(
        &self,
        cx: &Workspace,
        coolify: &Coolify,
        service: &Owned<Service>,
    ) -> Result<(), Failure> {
        exclude_lost(coolify, service, &self.compose.services).await?;
        guard::check_parsed(cx, coolify, service).await
    }
}

/// Reads a new file, evaluated with the variables that callers have set.
pub(super) async fn read(
    cx: &Workspace,
    coolify: &Coolify,
    service: &Owned<Service>,
    text: &str,
) -> Result<NewFile, Failure> {
    let rows = Rows::read(coolify, service).await?;
    let mut request = request(cx, Some(&service.name), rows.values(), rows.secret());
    request.present = service.compose();
    let files = StoredFiles::read(coolify, service, text).await?;
    request.files = files.texts();
    let compose = compose(text, &request)?;
    let text = compose.text_for(&service.name, cx.slug().as_str());
    Ok(NewFile { compose, text, rows })
}

fn changes(
    wanted: &[(&Member, &str)],
    service: &Service,
    file: Option<&NewFile>,
) -> Result<ServicePatch, Failure> {
    let compose = file.map(|file| file.text.clone());
    let urls = file.and_then(|file| file.urls(service));
    let mut patch = ServicePatch { compose, urls, ..ServicePatch::default() };
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
    }
    coolify.update_service(service, &changes).await.map_err(in_doubt)?;
    settle(cx, coolify, service, file).await
}

/// Writes a file alone, and checks what Coolify generates of the app then.
pub(super) async fn write_file(
    cx: &Workspace,
    coolify: &Coolify,
    service: &Owned<Service>,
    file: &NewFile,
) -> Result<(), Failure> {
    coolify.update_service(service, &changes(&[], service, Some(file))?).await?;
    settle(cx, coolify, service, Some(file)).await.map(|_| ())
}

/// Does what follows the writing of changes. Returns the app as it is then, and which hosts were
/// replaced.
async fn settle(
    cx: &Workspace,
    coolify: &Coolify,
    service: &Owned<Service>,
    file: Option<&NewFile>,
) -> Result<(Owned<Service>, Vec<Replacement>), Failure> {
    let read = coolify.service(&service.uuid).await.map_err(Failure::in_doubt)?;
    if let Some(file) = file {
        let services = &file.compose.services;
        exclude_lost(coolify, &read, services).await.map_err(Failure::in_doubt)?;
    }
    let replaced = generated_hosts::replace(cx, coolify, service, &read).await;
    let replaced = replaced.map_err(Failure::in_doubt)?.unwrap_or_default();
    Ok((guard::check(cx, coolify, &read).await?, replaced))
}

/// Returns whether Coolify kept the file. Coolify rewrites every file in its own form, and removes
/// what it stores elsewhere: if the texts differ therefore, the file must have changed and have the
/// wanted services.
fn keeps(before: Option<&str>, after: Option<&str>, wanted: &NewFile) -> bool {
    let Some(after) = after else { return false };
    if is_same_file(after, &wanted.text) {
        return true;
    }
    before != Some(after) && described(after) == wanted.compose.services
}
