//! Rewriting the compose files of existing apps as they would be sent today.

use covibe_compose::{Difference, differences};
use covibe_coolify::Service;
use covibe_domain::{Failure, Kind};
use covibe_policy::Owned;
use covibe_workspace::{Coolify, Workspace};

use super::service::{read, write};

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
/// one.
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
        let rewriting = rewrite_patiently(cx, &coolify, &app, apply).await;
        let rewriting = rewriting.unwrap_or_else(Rewriting::Failed);
        report(RewrittenApp { name: app.name.clone(), uuid: app.uuid.to_string(), rewriting });
    }
    Ok(())
}

/// Rewrites a file, and waits where Coolify's rate limit asks for it.
async fn rewrite_patiently(
    cx: &Workspace,
    coolify: &Coolify,
    app: &Owned<Service>,
    apply: bool,
) -> Result<Rewriting, Failure> {
    let mut tries = 0;
    loop {
        tries += 1;
        match Box::pin(rewrite(cx, coolify, app, apply)).await {
            Err(failure) if failure.kind == Kind::Limited && tries < TRIES => {
                tokio::time::sleep(failure.retry_after.unwrap_or(cx.settings().poll_interval))
                    .await;
            }
            done => return done,
        }
    }
}

async fn rewrite(
    cx: &Workspace,
    coolify: &Coolify,
    listed: &Owned<Service>,
    apply: bool,
) -> Result<Rewriting, Failure> {
    let service = coolify.service(&listed.uuid).await?;
    let present = service.compose().ok_or_else(hidden_file)?;
    let file = read(cx, coolify, &service, present).await?;
    let found = differences(present, &file.text).ok_or_else(unreadable_file)?;
    if found.is_empty() {
        return Ok(Rewriting::Unchanged);
    }
    if apply {
        let app = service.uuid.as_str();
        cx.record_rewriting(app, "started").await?;
        let written = write(cx, coolify, &service, &[], Some(&file)).await;
        let outcome = written.as_ref().map_or_else(|failure| failure.kind.code(), |_| "ok");
        cx.record_rewriting(app, outcome).await?;
        written?;
    }
    Ok(Rewriting::Changed(found))
}

fn hidden_file() -> Failure {
    Failure::unready("Coolify does not return the app's compose file.")
        .hint("Give the token of COOLIFY_API_TOKEN the ability read:sensitive.")
}

fn unreadable_file() -> Failure {
    Failure::rejected("The app's compose file can't be read.")
        .hint("Have its tenant send another one with apps.update.")
}
