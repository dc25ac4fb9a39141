//! The new file of a compose app, from reading it to the steps after writing it.

use covibe_compose::{Compose, is_same_file, stored_services};
use covibe_coolify::{Service, ServicePatch};
use covibe_domain::{Failure, Kind};
use covibe_policy::Owned;
use covibe_workspace::{Coolify, NotedFile, Workspace};

use super::changes_since_start::Unstarted;
use super::domains_of_removed_services::Succession;
use super::moved_urls::{MovedRoutes, moved_routes};
use crate::apps::compose::container_exclusion::exclude_lost;
use crate::apps::compose::container_exclusion::include_returned;
use crate::apps::compose::file_changes;
use crate::apps::compose::generated_file_check;
use crate::apps::compose::policy_request::{compose, request};
use crate::apps::compose::stored_files::read_stored_files;
use crate::apps::compose::variable_rows::VariableRows;
use crate::image_checks::check_compose_images;

/// The warning if Coolify does not return the current file.
const UNKNOWN_VOLUMES: &str = "Coolify does not return the app's current file, so it is unknown \
                               whether a mount gets another volume: check apps.volumes.list before \
                               you call apps.deploy.";

/// A new file, and the text that is sent for it.
pub(super) struct NewFile {
    pub(super) compose: Compose,
    pub(super) text: String,
    /// The variables that the app has before the change.
    rows: VariableRows,
    /// The successors of services that the file does not have, which get their domains.
    pub(super) succession: Succession,
    /// The changes since the app was started.
    unstarted: Unstarted,
    /// True if the app was not started since an earlier file was written.
    pub(super) was_unstarted: bool,
}

/// Reads a new file, evaluated with the variables that callers have set. It may take the confirmed volumes from their
/// places.
pub(super) async fn read(
    cx: &Workspace,
    coolify: &Coolify,
    service: &Owned<Service>,
    text: &str,
    confirmed: &[String],
) -> Result<NewFile, Failure> {
    let rows = VariableRows::read(coolify, service).await?;
    let mut request = request(cx, Some(&service.name), rows.values(), rows.secret());
    request.present = service.compose().map(str::to_owned);
    request.confirmed = confirmed.to_vec();
    let noted = coolify.noted_file(service).await?.map(|note| Unstarted::read(&note));
    let was_unstarted = noted.is_some();
    let mut unstarted = noted.unwrap_or_else(|| Unstarted::for_running(service));
    request.running.clone_from(&unstarted.running);
    request.files = read_stored_files(coolify, service, text).await?;
    let compose = compose(cx, text, request).await?;
    check_compose_images(cx, &compose).await?;
    let text = compose.text_for(&service.name, cx.slug().as_str());
    let succession = Succession::new(service, &compose);
    let moved = moved_routes(service, &compose.services);
    let routes = moved.iter().flat_map(MovedRoutes::changes).chain(succession.changes()).collect();
    unstarted.add(routes, service);
    Ok(NewFile { compose, text, rows, succession, unstarted, was_unstarted })
}

impl NewFile {
    /// Returns whether a service has the file already, and no domains of another one.
    pub(super) fn is_present(&self, service: &Service) -> bool {
        service.compose().is_some_and(|present| is_same_file(present, &self.text))
            && self.urls(service).is_none()
            && !self.succession.has_moves()
    }

    /// Returns the URLs that change with the file, if any do.
    fn urls(&self, service: &Service) -> Option<Vec<(String, String)>> {
        let mut urls: Vec<_> = self.succession.removals().collect();
        urls.extend(
            moved_routes(service, &self.compose.services).iter().map(MovedRoutes::coolify_urls),
        );
        Some(urls).filter(|urls| !urls.is_empty())
    }

    /// Returns hints about the rewritten parts, the file, and the URLs of the app as it is now.
    pub(super) fn hints(&self, now: &Service) -> Vec<String> {
        let rewritten = file_changes::hints(&self.compose.changes);
        let placeholders = file_changes::placeholder_hints(&self.compose.placeholders);
        [rewritten, placeholders, self.compose.hints.clone(), self.unstarted.hints(now)].concat()
    }

    /// Returns warnings about volumes and domains of the app as it is now.
    pub(super) fn warnings(&self, now: &Service) -> Vec<String> {
        let unknown = self.unstarted.running.is_none().then(|| UNKNOWN_VOLUMES.to_owned());
        let volumes = self.compose.warnings.iter().cloned().chain(unknown);
        let routes = [self.unstarted.warnings(now), self.succession.warnings(now)];
        volumes.chain(routes.concat()).collect()
    }

    /// Records the changes since the app was started. This comes before anything is changed.
    pub(super) async fn note(
        &self,
        cx: &Workspace,
        coolify: &Coolify,
        service: &Owned<Service>,
    ) -> Result<NotedFile, Failure> {
        let note = self.unstarted.note();
        coolify.note_unstarted(service, &self.text, &note, cx.deadline()).await
    }

    /// Adds the file, and the URLs that change with it, to a patch.
    pub(super) fn add_to(&self, patch: &mut ServicePatch, service: &Service) {
        patch.compose = Some(self.text.clone());
        patch.urls = self.urls(service);
    }

    /// Does the work right before the file is written: removes the variables that must not decide how it is read, and
    /// excludes the containers that it does not have from the state of the app. Later, the values of the variables
    /// could not be told from those that callers have set, so an interrupted change could not be continued.
    pub(super) async fn prepare(
        &self,
        coolify: &Coolify,
        service: &Owned<Service>,
    ) -> Result<(), Failure> {
        self.rows.follow(coolify, service, &self.text).await?;
        exclude_lost(coolify, service, &self.compose.services).await.map(|_| ())
    }

    /// Does the work that can only follow the writing of the file. Returns the app as it is then.
    pub(super) async fn finish_after_write(
        &self,
        coolify: &Coolify,
        written: Owned<Service>,
    ) -> Result<Owned<Service>, Failure> {
        let moves = self.succession.carry_out(coolify, &written).await?;
        let returned = include_returned(coolify, &written, &self.compose.services).await?;
        let now = if moves || returned { coolify.service(&written.uuid).await? } else { written };
        self.restore(coolify, now).await
    }

    /// Does the work that an interrupted change to this file may have left undone.
    pub(super) async fn finish(
        &self,
        cx: &Workspace,
        coolify: &Coolify,
        service: &Owned<Service>,
    ) -> Result<(), Failure> {
        let services = &self.compose.services;
        let excluded = exclude_lost(coolify, service, services).await?;
        let included = include_returned(coolify, service, services).await?;
        if !excluded && !included {
            return generated_file_check::check_parsed(cx, coolify, service).await;
        }
        let now = coolify.service(&service.uuid).await.map_err(Failure::in_doubt)?;
        let now = self.restore(coolify, now).await.map_err(Failure::in_doubt)?;
        generated_file_check::check_parsed(cx, coolify, &now).await
    }

    /// Writes the file again if Coolify stores other services since a container was changed; these would not have the
    /// limits of this server.
    async fn restore(
        &self,
        coolify: &Coolify,
        service: Owned<Service>,
    ) -> Result<Owned<Service>, Failure> {
        if self.strange_services(&service).is_none() {
            return Ok(service);
        }
        let patch = ServicePatch { compose: Some(self.text.clone()), ..ServicePatch::default() };
        coolify.update_service(&service, &patch).await?;
        let now = coolify.service(&service.uuid).await?;
        match self.strange_services(&now) {
            Some(names) if !names.is_empty() => Err(strange_services(&names)),
            _ => Ok(now),
        }
    }

    /// Returns the services that Coolify stores and the file does not have; `None` if it stores those of the
    /// file as they are, or its file can't be seen.
    fn strange_services(&self, service: &Service) -> Option<Vec<String>> {
        let stored = stored_services(service.compose()?);
        let own = &self.compose.services;
        let is_strange = |name: &String| own.iter().all(|each| each.name != *name);
        let names = || stored.iter().map(|each| each.name.clone()).filter(is_strange).collect();
        (stored != *own).then(names)
    }

    /// Returns whether Coolify kept the file. Coolify rewrites every file in its own form, and removes
    /// what it stores elsewhere: if the texts differ therefore, the file must have changed and have the
    /// wanted services.
    pub(super) fn is_kept(&self, before: Option<&str>, after: Option<&str>) -> bool {
        let Some(after) = after else { return false };
        is_same_file(after, &self.text)
            || before != Some(after) && stored_services(after) == self.compose.services
    }
}

/// Coolify stores services that the file does not have.
fn strange_services(names: &[String]) -> Failure {
    let message = format!(
        "Coolify stored services that the file does not have: {}. They have no limits.",
        names.join(", ")
    );
    Failure::new(Kind::Upstream, message).hint("Repeat the call before apps.deploy.").in_doubt()
}
