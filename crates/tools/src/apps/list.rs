//! `apps.list`.

use std::pin::pin;

use covibe_coolify::Service;
use covibe_domain::Failure;
use covibe_domain::entities::{App, AppKind};
use covibe_operation::paging::page;
use covibe_operation::{Operation, Route, Spec};
use covibe_policy::Owned;
use covibe_workspace::{Coolify, Workspace};
use futures_util::StreamExt as _;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::view;

/// How many compose apps a page has at most. Each one costs a call to Coolify, and the page must be
/// complete in time even if Coolify is slow.
const MAX_COMPOSE_APPS: usize = 16;

/// List the workspace's apps with status, health, domains and git source.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct ListApps {
    #[serde(default)]
    #[schemars(length(max = 40))]
    next: Option<String>,
}

/// The apps, by name.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Listed {
    apps: Vec<App>,
    /// Pass as next to get the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// What is missing in the list, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

impl Operation<Workspace> for ListApps {
    const SPEC: Spec = Spec::read("apps.list", Route::get("/apps"));

    type Output = Listed;

    async fn run(self, cx: &Workspace) -> Result<Listed, Failure> {
        let coolify = cx.coolify().await?;
        let (applications, services) = tokio::join!(coolify.applications(), coolify.compose_apps());
        let (applications, services, mut warnings) = available(applications, services)?;
        let mut hand_made = coolify.hand_made(&applications).await?;
        hand_made.extend(coolify.hand_made(&services).await?);
        let mut apps: Vec<_> = applications.iter().map(|app| view::application(app)).collect();
        apps.extend(services.iter().map(|service| view::service(service)));
        apps.sort_by(|a, b| (&a.name, a.uuid.as_str()).cmp(&(&b.name, b.uuid.as_str())));
        let (mut apps, next) = page(apps, self.next.as_deref(), id)?;
        let next = limit_compose_apps(&mut apps).or(next);
        warnings.extend(add_domains(&coolify, services, &mut apps).await);
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

/// Cuts a page after [`MAX_COMPOSE_APPS`]; returns where the next page begins.
fn limit_compose_apps(page: &mut Vec<App>) -> Option<String> {
    let mut services = page.iter().enumerate().filter(|(_, app)| app.kind == AppKind::Service);
    let (end, _) = services.nth(MAX_COMPOSE_APPS)?;
    page.truncate(end);
    page.last().map(id)
}

type Lists<A, S> = (Vec<A>, Vec<S>, Vec<String>);

/// Returns both lists, or one of them with a warning that the other is missing: a list that could
/// not be read must not look like an empty one.
fn available<A, S>(
    applications: Result<Vec<A>, Failure>,
    services: Result<Vec<S>, Failure>,
) -> Result<Lists<A, S>, Failure> {
    let missing =
        |what: &str, why: &Failure| vec![format!("{what} are missing in this list: {why}")];
    match (applications, services) {
        (Ok(applications), Ok(services)) => Ok((applications, services, Vec::new())),
        (Ok(applications), Err(why)) => {
            Ok((applications, Vec::new(), missing("Compose apps", &why)))
        }
        (Err(why), Ok(services)) => {
            Ok((Vec::new(), services, missing("Apps from repositories and images", &why)))
        }
        (Err(why), Err(_)) => Err(why),
    }
}

/// Adds the domains of the compose apps on a page, which Coolify's list leaves out, and removes the
/// apps that were deleted meanwhile. Returns a warning for each app whose domains could not be read.
async fn add_domains(
    coolify: &Coolify,
    mut services: Vec<Owned<Service>>,
    page: &mut Vec<App>,
) -> Vec<String> {
    let position = |page: &[App], service: &Service| {
        page.iter().position(|app| app.uuid.as_str() == service.uuid.as_str())
    };
    services.retain(|service| position(page, service).is_some());
    let mut complete = pin!(coolify.whole_services(services));
    let mut warnings = Vec::new();
    while let Some((listed, found)) = complete.next().await {
        let Some(at) = position(page, &listed) else { continue };
        match found {
            Ok(Some(found)) => page[at] = view::service(&found),
            Ok(None) => drop(page.remove(at)),
            Err(failure) => {
                let name = &listed.name;
                warnings.push(format!("The domains of {name} could not be read: {failure}"));
            }
        }
    }
    warnings
}

#[cfg(test)]
mod tests {
    use covibe_domain::Kind;

    use super::*;

    #[test]
    fn warns_of_a_list_that_could_not_be_read() {
        let broken = || Err::<Vec<u8>, _>(Failure::new(Kind::Upstream, "Coolify failed."));
        let (apps, services, warnings) = available(Ok(vec![1]), broken()).unwrap();
        assert_eq!((apps.len(), services.len(), warnings.len()), (1, 0, 1));
        assert!(warnings[0].contains("Coolify failed."), "{warnings:?}");
        assert!(available(broken(), Ok(vec![1])).unwrap().2[0].starts_with("Apps"));
        assert_eq!(available(broken(), broken()).unwrap_err().kind, Kind::Upstream);
        assert!(available(Ok(vec![1]), Ok(vec![1])).unwrap().2.is_empty());
    }
}
