//! `apps.list`.

use std::pin::pin;

use covibe_coolify::Service;
use covibe_domain::entities::{App, AppKind};
use covibe_domain::{Failure, ServiceUuid};
use covibe_operation::paging::page;
use covibe_operation::{Operation, Route, Spec};
use covibe_policy::Owned;
use covibe_workspace::{Coolify, Workspace};
use futures_util::StreamExt as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::view;

/// List the workspace's apps with status, health, domains and git source.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct ListApps {
    /// The next of the answer before; without it, the first page.
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
    /// Pass as next to get the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"vgsco4occ8ksgsc4s8ck4kco")]
    next: Option<String>,
    /// What is missing in the list, and why.
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
        let mut apps: Vec<_> = applications.iter().map(|app| view::application(app)).collect();
        apps.extend(services.iter().map(|service| view::service(service)));
        apps.sort_by(|a, b| (&a.name, a.uuid.as_str()).cmp(&(&b.name, b.uuid.as_str())));
        let (mut apps, next) = page(apps, self.next.as_deref(), id)?;
        let warnings = add_domains(&coolify, services, &mut apps).await;
        for app in apps.iter_mut().filter(|app| hand_made.iter().any(|id| id == app.uuid.as_str()))
        {
            app.kind = AppKind::Other;
        }
        // The domains may have made the page too large.
        let (apps, cut) = page(apps, None, id)?;
        Ok(Listed { apps, next: cut.or(next), warnings })
    }
}

fn id(app: &App) -> String {
    app.uuid.to_string()
}

/// Adds the domains of those compose apps on a page that Coolify lists without, and removes the apps
/// that were deleted meanwhile. Returns a warning for each app whose domains could not be read.
async fn add_domains(
    coolify: &Coolify,
    mut services: Vec<Owned<Service>>,
    page: &mut Vec<App>,
) -> Vec<String> {
    let position = |page: &[App], service: &ServiceUuid| {
        page.iter().position(|app| app.uuid.as_str() == service.as_str())
    };
    services.retain(|service| position(page, &service.uuid).is_some());
    let mut complete = pin!(coolify.whole_services(services));
    let mut warnings = Vec::new();
    while let Some(each) = complete.next().await {
        let Some(at) = position(page, &each.uuid) else { continue };
        match each.found {
            Ok(Some(found)) => page[at] = view::service(&found),
            Ok(None) => drop(page.remove(at)),
            Err(failure) => {
                let name = each.name;
                warnings.push(format!("The domains of {name} could not be read: {failure}"));
            }
        }
    }
    warnings
}
