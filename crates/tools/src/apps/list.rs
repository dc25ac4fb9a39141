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

/// How many compose services one page has at most: each costs a call, and the page is to be there in
/// time though Coolify is slow.
const SERVICES: usize = 16;

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
    /// What to pass as next for the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
    /// What the list lacks, and why.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    warnings: Vec<String>,
}

impl Operation<Workspace> for ListApps {
    const SPEC: Spec = Spec::read("apps.list", Route::get("/apps"));

    type Output = Listed;

    async fn run(self, cx: &Workspace) -> Result<Listed, Failure> {
        let coolify = cx.coolify().await?;
        let (applications, services) = tokio::join!(coolify.applications(), coolify.compose_apps());
        let (applications, services, mut warnings) = whatever_answers(applications, services)?;
        let mut apps: Vec<_> = applications.iter().map(|app| view::app(app)).collect();
        apps.extend(services.iter().map(|service| view::service(service)));
        apps.sort_by(|a, b| (&a.name, a.uuid.as_str()).cmp(&(&b.name, b.uuid.as_str())));
        let (mut apps, next) = page(apps, self.next.as_deref(), id)?;
        let next = shorten(&mut apps).or(next);
        warnings.extend(describe(&coolify, services, &mut apps).await);
        // With its domains it may be too large.
        let (apps, cut) = page(apps, None, id)?;
        Ok(Listed { apps, next: cut.or(next), warnings })
    }
}

fn id(app: &App) -> String {
    app.uuid.to_string()
}

/// Ends a page where it would cost too many calls; the app to go on after.
fn shorten(page: &mut Vec<App>) -> Option<String> {
    let mut services = page.iter().enumerate().filter(|(_, app)| app.kind == AppKind::Service);
    let (end, _) = services.nth(SERVICES)?;
    page.truncate(end);
    page.last().map(id)
}

type Lists<A, S> = (Vec<A>, Vec<S>, Vec<String>);

/// Both lists; or the one that could be had and a warning that the other is missing, which must
/// not pass for an empty one.
fn whatever_answers<A, S>(
    applications: Result<Vec<A>, Failure>,
    services: Result<Vec<S>, Failure>,
) -> Result<Lists<A, S>, Failure> {
    let lacks = |what: &str, why: &Failure| vec![format!("{what} are not in this list: {why}")];
    match (applications, services) {
        (Ok(applications), Ok(services)) => Ok((applications, services, Vec::new())),
        (Ok(applications), Err(why)) => Ok((applications, Vec::new(), lacks("Compose apps", &why))),
        (Err(why), Ok(services)) => {
            Ok((Vec::new(), services, lacks("Apps of repositories and images", &why)))
        }
        (Err(why), Err(_)) => Err(why),
    }
}

/// Gives the compose services of a page their domains, which Coolify's list leaves out, and takes
/// those away that are gone by now. Tells of those whose domains could not be read.
async fn describe(
    coolify: &Coolify,
    mut services: Vec<Owned<Service>>,
    page: &mut Vec<App>,
) -> Vec<String> {
    let place = |page: &[App], service: &Service| {
        page.iter().position(|app| app.uuid.as_str() == service.uuid.as_str())
    };
    services.retain(|service| place(page, service).is_some());
    let mut looked = pin!(coolify.whole_services(services));
    let mut warnings = Vec::new();
    while let Some((listed, found)) = looked.next().await {
        let Some(at) = place(page, &listed) else { continue };
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
    fn a_list_that_can_not_be_had_is_told() {
        let broken = || Err::<Vec<u8>, _>(Failure::new(Kind::Upstream, "Coolify failed."));
        let (apps, services, warnings) = whatever_answers(Ok(vec![1]), broken()).unwrap();
        assert_eq!((apps.len(), services.len(), warnings.len()), (1, 0, 1));
        assert!(warnings[0].contains("Coolify failed."), "{warnings:?}");
        assert!(whatever_answers(broken(), Ok(vec![1])).unwrap().2[0].starts_with("Apps"));
        assert_eq!(whatever_answers(broken(), broken()).unwrap_err().kind, Kind::Upstream);
        assert!(whatever_answers(Ok(vec![1]), Ok(vec![1])).unwrap().2.is_empty());
    }
}
