//! `apps.list`.

use std::pin::pin;

use covibe_domain::Failure;
use covibe_domain::entities::{App, AppKind};
use covibe_operation::paging::page;
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::{AnyApp, Coolify, Hosted, Workspace};
use futures_util::StreamExt as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::apps::app_entity;
use crate::own_repository::released_repositories;
use crate::resource_state::{Sight, sights};

/// List the workspace's apps with status, health, domains and git source.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct ListApps {
    /// `next` from the previous answer. Default: the first page.
    #[serde(default)]
    #[schemars(length(min = 1, max = 40))]
    #[schemars(example = &"vgsco4occ8ksgsc4s8ck4kco")]
    next: Option<String>,
}

/// The apps, by name.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "Apps")]
pub(crate) struct Listed {
    /// The apps, sorted by name.
    apps: Vec<App>,
    /// Pass as `next` to get the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"vgsco4occ8ksgsc4s8ck4kco")]
    next: Option<String>,
    /// The parts of the list that could not be read, and the reasons.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = vec!["`memory` takes effect after a restart."])]
    warnings: Vec<String>,
}

impl Operation<Workspace> for ListApps {
    const SPEC: Spec = Spec::read("apps.list", Route::get("/apps"));

    type Output = Listed;

    async fn run(self, cx: &Workspace) -> Result<Listed, Failure> {
        let coolify = cx.coolify().await?;
        let (applications, services) =
            tokio::try_join!(coolify.applications(), coolify.compose_apps())?;
        let mut hand_made = coolify.hand_made(&applications).await?;
        hand_made.extend(coolify.hand_made(&services).await?);
        let applications = applications.into_iter().map(AnyApp::Application);
        let mut all: Vec<_> =
            applications.chain(services.into_iter().map(AnyApp::Service)).collect();
        all.sort_by(|a, b| (a.name(), a.uuid().as_str()).cmp(&(b.name(), b.uuid().as_str())));
        let (listed, next) =
            page(all.iter().map(app_entity::any).collect(), self.next.as_deref(), id)?;
        all.retain(|app| listed.iter().any(|each| each.uuid == app.uuid()));
        let (apps, warnings) = complete(&coolify, all).await;
        let applications = apps.iter().filter_map(|app| match app {
            AnyApp::Application(app) => Some(&**app),
            AnyApp::Service(_) => None,
        });
        let mut released = released_repositories(cx, applications).await?;
        let mut apps = as_seen(&coolify, apps).await;
        for app in apps.iter_mut().filter(|app| hand_made.iter().any(|id| id == app.uuid.as_str()))
        {
            app.kind = AppKind::Other;
        }
        for app in &mut apps {
            app.repo = app.repo.take().or_else(|| released.remove(&app.uuid));
        }
        // The domains may have made the page too large.
        let (apps, cut) = page(apps, None, id)?;
        Ok(Listed { apps, next: cut.or(next), warnings })
    }
}

fn id(app: &App) -> String {
    app.uuid.to_string()
}

/// Returns the apps of a page with the states that were seen.
async fn as_seen(coolify: &Coolify, apps: Vec<AnyApp>) -> Vec<App> {
    let resources: Vec<_> = apps.into_iter().map(Hosted::App).collect();
    let seen = sights(coolify, &resources).await;
    let as_seen = |(resource, sight): (Hosted, &Sight)| match resource {
        Hosted::App(app) => Some(app_entity::as_seen(&app, sight)),
        Hosted::Provider(_) | Hosted::Database(_) => None,
    };
    resources.into_iter().zip(&seen).filter_map(as_seen).collect()
}

/// Reads the containers of those compose apps that Coolify lists without, and so their domains, and leaves out the apps
/// that were deleted meanwhile. Returns a warning for each app that could not be read.
async fn complete(coolify: &Coolify, apps: Vec<AnyApp>) -> (Vec<AnyApp>, Vec<String>) {
    let services = apps.iter().filter_map(|app| match app {
        AnyApp::Service(service) => Some(service.clone()),
        AnyApp::Application(_) => None,
    });
    let mut whole = pin!(coolify.whole_services(services.collect()));
    let (mut complete, mut warnings) = (Vec::new(), Vec::new());
    for app in apps {
        let each = match app {
            AnyApp::Application(_) => None,
            AnyApp::Service(_) => whole.next().await,
        };
        let name = app.name().to_owned();
        match each.map(|each| each.found) {
            Some(Ok(found)) => complete.extend(found.map(AnyApp::Service)),
            None => complete.push(app),
            Some(Err(failure)) => {
                warnings.push(format!("The domains of {name} could not be read: {failure}"));
                complete.push(app);
            }
        }
    }
    (complete, warnings)
}
