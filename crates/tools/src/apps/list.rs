//! `apps.list`.

use covibe_coolify::Service;
use covibe_domain::entities::App;
use covibe_domain::{Failure, Kind};
use covibe_policy::Owned;
use futures_util::{StreamExt as _, stream};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::view;
use crate::budget::page;
use crate::context::{Coolify, Workspace};
use crate::operation::{Operation, Route, Spec};

/// How many compose services are asked for their domains at once.
const AT_ONCE: usize = 4;

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

impl Operation for ListApps {
    const SPEC: Spec = Spec::read("apps.list", Route::get("/apps"));

    type Output = Listed;

    async fn run(self, cx: &Workspace) -> Result<Listed, Failure> {
        let coolify = cx.coolify().await?;
        let (applications, services) = tokio::join!(coolify.applications(), coolify.compose_apps());
        let (applications, services, mut warnings) = whatever_answers(applications, services)?;
        let mut apps: Vec<_> = applications.iter().map(|app| view::app(app)).collect();
        let asked: Vec<_> = services.iter().map(|each| described(&coolify, each)).collect();
        let mut asked = stream::iter(asked).buffered(AT_ONCE);
        while let Some((app, warning)) = asked.next().await {
            apps.extend(app);
            warnings.extend(warning);
        }
        apps.sort_by(|a, b| (&a.name, a.uuid.as_str()).cmp(&(&b.name, b.uuid.as_str())));
        let (page, next) = page(apps, self.next.as_deref(), |each| each.uuid.to_string())?;
        Ok(Listed { apps: page, next, warnings })
    }
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

/// A compose service with its domains, which Coolify's list leaves out; none that is gone by now.
async fn described(coolify: &Coolify, listed: &Owned<Service>) -> (Option<App>, Option<String>) {
    match coolify.service(&listed.uuid).await {
        Ok(service) => (Some(view::service(&service)), None),
        Err(failure) if failure.kind == Kind::NotFound => (None, None),
        Err(failure) => {
            let warning = format!("The domains of {} could not be read: {failure}", listed.name);
            (Some(view::service(listed)), Some(warning))
        }
    }
}

#[cfg(test)]
mod tests {
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
