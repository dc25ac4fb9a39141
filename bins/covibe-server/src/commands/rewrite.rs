//! `covibe-server compose rewrite`: rewrites the files of existing compose apps.

use anyhow::bail;
use covibe_domain::{Failure, names};
use covibe_tools::{Rewriting, RewrittenApp, rewrite_compose_apps};
use covibe_workspace::{Workspace, operators_workspaces};
use serde_json::{Value, json};

use super::configured;
use crate::{compose, print, tenants};

/// How many apps were looked at, and what became of them.
#[derive(Default)]
struct Count {
    unchanged: usize,
    changed: usize,
    failed: usize,
}

/// Rewrites the files of all workspaces, or only prints what would change. Fails if one could not
/// be rewritten.
pub(crate) async fn run(apply: bool, json: bool) -> anyhow::Result<()> {
    let config = configured()?;
    config.refuse_unused_postgres()?;
    let store = compose::existing_store(&config).await?;
    let origin = compose::origin(&config, config.bind);
    let parts = compose::parts(&config, store, origin).await?;
    let mut count = Count::default();
    for tenant in tenants::all(&config, &parts.store).await? {
        for workspace in operators_workspaces(&parts.platform, &tenant).await? {
            let report = |app: RewrittenApp| count.report(&workspace, &app, apply, json);
            if let Err(failure) = rewrite_compose_apps(&workspace, apply, report).await {
                count.failed += 1;
                print::line(&unlisted(&workspace, &failure, json));
            }
        }
    }
    parts.dispatcher().flush().await;
    count.end(apply, json)
}

impl Count {
    /// Counts an app and prints its outcome.
    fn report(&mut self, workspace: &Workspace, app: &RewrittenApp, apply: bool, json: bool) {
        match &app.rewriting {
            Rewriting::Unchanged => self.unchanged += 1,
            Rewriting::Changed(_) => self.changed += 1,
            Rewriting::Failed(_) => self.failed += 1,
        }
        let slug = workspace.slug().as_str();
        if json {
            print::line(&as_json(slug, app, apply).to_string());
        } else {
            for line in lines(slug, app, apply) {
                print::line(&line);
            }
        }
    }

    fn end(&self, apply: bool, json: bool) -> anyhow::Result<()> {
        let Self { unchanged, changed, failed } = self;
        if !json {
            let what = if apply { "rewritten" } else { "would be rewritten" };
            print::line(&format!("{changed} {what}, {unchanged} unchanged, {failed} failed."));
        }
        if !json && !apply && *changed > 0 {
            print::line("Nothing was written. Pass --apply to rewrite them.");
        }
        if *failed > 0 {
            bail!("apps that could not be rewritten: {failed}");
        }
        Ok(())
    }
}

/// Returns the lines about an app; none about one that stays as it is and has no notes.
fn lines(slug: &str, app: &RewrittenApp, apply: bool) -> Vec<String> {
    // Whoever named the app in Coolify chose what a terminal would act on.
    let head = format!("{slug}/{} ({})", names::shown(&app.name, 100), app.uuid);
    let mut lines = match &app.rewriting {
        Rewriting::Unchanged if app.notes.is_empty() => Vec::new(),
        Rewriting::Unchanged => vec![format!("{head}: unchanged")],
        Rewriting::Changed(differences) => {
            let what = if apply { "rewritten" } else { "would be rewritten" };
            let each = differences.iter().map(|it| format!("  {} {}", it.path, it.change));
            std::iter::once(format!("{head}: {what}")).chain(each).collect()
        }
        Rewriting::Failed(failure) => {
            let fix = failure.hint.as_deref().unwrap_or_default();
            vec![format!("{head}: FAILED: {} {fix}", failure.message)]
        }
    };
    lines.extend(app.notes.iter().map(|note| format!("  {note}")));
    lines
}

fn as_json(slug: &str, app: &RewrittenApp, apply: bool) -> Value {
    let mut line = json!({ "workspace": slug, "name": app.name, "uuid": app.uuid });
    if !app.notes.is_empty() {
        line["notes"] = json!(app.notes);
    }
    match &app.rewriting {
        Rewriting::Unchanged => line["outcome"] = json!("unchanged"),
        Rewriting::Changed(differences) => {
            line["outcome"] = json!(if apply { "rewritten" } else { "would be rewritten" });
            let each = differences.iter().map(|it| json!({ "path": it.path, "change": it.change }));
            line["changes"] = each.collect();
        }
        Rewriting::Failed(failure) => {
            line["outcome"] = json!("failed");
            line["error"] = json!(failure.message);
            line["problems"] = failure.details.get("problems").cloned().unwrap_or_default();
        }
    }
    line
}

/// Returns the line about a workspace whose apps could not be listed.
fn unlisted(workspace: &Workspace, failure: &Failure, json: bool) -> String {
    let (slug, why) = (workspace.slug(), &failure.message);
    if json {
        json!({ "workspace": slug, "outcome": "failed", "error": why }).to_string()
    } else {
        format!("{slug}: FAILED: {why}")
    }
}
