//! Rewriting the compose files of existing apps as they would be sent today.

use covibe_compose::{Difference, Stray, differences};
use covibe_coolify::Service;
use covibe_domain::{Failure, Kind};
use covibe_policy::Owned;
use covibe_workspace::{Coolify, Workspace};

use super::new_file::{NewFile, read};
use super::service::write_file;
use crate::apps::guard;

/// How often the work on an app is repeated when Coolify's rate limit is reached.
const TRIES: usize = 5;

/// A compose app, and what became of its file.
#[derive(Debug)]
pub struct RewrittenApp {
    /// Its name.
    pub name: String,
    /// Its uuid.
    pub uuid: String,
    /// What became of its file.
    pub rewriting: Rewriting,
    /// The URLs that get another port. Without `apply`, also what the app would be stopped for.
    pub notes: Vec<String>,
}

/// What became of a file.
#[derive(Debug)]
pub enum Rewriting {
    /// It is as it would be sent today.
    Unchanged,
    /// It differs in these parts. The app runs as before until its next start.
    Changed(Vec<Difference>),
    /// It can't be rewritten, and is as it was unless the failure is in doubt.
    Failed(Failure),
}

/// Rewrites the files of a workspace's compose apps as they would be sent today, or only tells what
/// would change unless `apply` is set. Calls `report` for each app.
///
/// A file that is as it would be sent is left alone, so an interrupted run is continued by another
/// one. What Coolify generated of such a file is checked all the same. A file that its tenant changes
/// meanwhile is read again.
///
/// # Errors
///
/// What prevents the apps from being listed. The failure of one app is reported, and the others
/// follow.
pub async fn rewrite_compose_apps(
    cx: &Workspace,
    apply: bool,
    mut report: impl FnMut(RewrittenApp),
) -> Result<(), Failure> {
    let coolify = cx.coolify().await?;
    for app in coolify.compose_apps().await? {
        let mut work = Work { cx, coolify: &coolify, apply, begun: None, notes: Vec::new() };
        let rewriting = work.rewrite_patiently(&app).await.unwrap_or_else(Rewriting::Failed);
        let (name, uuid) = (app.name.clone(), app.uuid.to_string());
        report(RewrittenApp { name, uuid, rewriting, notes: work.notes });
    }
    Ok(())
}

/// The work on one app.
struct Work<'a> {
    cx: &'a Workspace,
    coolify: &'a Coolify,
    apply: bool,
    /// What an earlier try found to differ and began to write.
    begun: Option<Vec<Difference>>,
    notes: Vec<String>,
}

impl Work<'_> {
    /// Rewrites a file. Waits where Coolify's rate limit asks for it, and starts over if the file
    /// changes meanwhile.
    async fn rewrite_patiently(&mut self, app: &Owned<Service>) -> Result<Rewriting, Failure> {
        for _ in 1..TRIES {
            match Box::pin(self.rewrite(app)).await {
                Ok(Some(done)) => return Ok(done),
                Ok(None) => {}
                Err(failure) if failure.kind == Kind::Limited => {
                    let wait = failure.retry_after.unwrap_or(self.cx.settings().poll_interval * 4);
                    tokio::time::sleep(wait).await;
                }
                Err(failure) => return Err(failure),
            }
        }
        Box::pin(self.rewrite(app)).await?.ok_or_else(changing_file)
    }

    /// Rewrites a file once. Returns `None` if it was changed meanwhile: nothing was written then.
    async fn rewrite(&mut self, listed: &Owned<Service>) -> Result<Option<Rewriting>, Failure> {
        let service = self.coolify.service(&listed.uuid).await?;
        let present = service.compose().ok_or_else(hidden_file)?;
        let file = read(self.cx, self.coolify, &service, present).await?;
        let found = differences(present, &file.text).ok_or_else(unreadable_file)?;
        if !self.apply {
            self.notes = [file.route_hints(&service), warnings(&service)].concat();
        }
        if file.is_present(&service) {
            if self.apply {
                file.finish(self.cx, self.coolify, &service).await?;
            }
            let Some(begun) = self.begun.take() else { return Ok(Some(Rewriting::Unchanged)) };
            self.cx.record_rewriting(service.uuid.as_str(), "ok").await?;
            return Ok(Some(Rewriting::Changed(begun)));
        }
        if self.apply && !self.write(&service, &file, &found).await? {
            return Ok(None);
        }
        Ok(Some(Rewriting::Changed(found)))
    }

    /// Writes a file unless the app has another one by now. Returns whether it did.
    async fn write(
        &mut self,
        service: &Owned<Service>,
        file: &NewFile,
        found: &[Difference],
    ) -> Result<bool, Failure> {
        file.clear_rows(self.coolify, service).await?;
        let now = self.coolify.service(&service.uuid).await?;
        if now.compose() != service.compose() {
            return Ok(false);
        }
        self.notes = file.route_hints(&now);
        self.begun = Some(found.to_vec());
        let app = service.uuid.as_str();
        self.cx.record_rewriting(app, "started").await?;
        let written = write_file(self.cx, self.coolify, &now, file).await;
        let outcome = written.as_ref().map_or_else(Failure::outcome, |()| "ok");
        self.cx.record_rewriting(app, outcome).await?;
        written.map(|()| true)
    }
}

/// Returns what the guard would stop the app for, as it is now.
fn warnings(service: &Service) -> Vec<String> {
    let warning = |Stray { path, problem }| {
        format!("would be stopped unless the rewriting removes it: {path}: {problem}")
    };
    guard::present_strays(service).into_iter().map(warning).collect()
}

fn changing_file() -> Failure {
    Failure::conflict("The app's compose file was changed at each try.").hint("Run it again later.")
}

fn hidden_file() -> Failure {
    Failure::unready("Coolify does not return the app's compose file.")
        .hint("Give the token of COOLIFY_API_TOKEN the ability read:sensitive.")
}

fn unreadable_file() -> Failure {
    Failure::rejected("The app's compose file can't be read.")
        .hint("Have its tenant send another one with apps.update.")
}
