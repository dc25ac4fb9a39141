//! The names of applications: one finds it, and all of them protect it.

use covibe_coolify::Application;
use covibe_domain::Failure;
use covibe_operation::{quotable_name, similar_names};
use serde_json::{Value, json};

use super::context::CoolifyContext;
use crate::protected_resources::{Protectable, ProtectedKind};

/// The maximum number of similar names and candidates in an answer.
const MOST: usize = 10;

/// The maximum number of projects that are read to distinguish candidates.
const MAX_PROJECTS: usize = 100;

impl CoolifyContext {
    /// Returns the application of this name, as it is now. A uuid is taken for a name, too, as that is how one of
    /// several with the same name is given.
    ///
    /// # Errors
    ///
    /// Not found with the near names, or a conflict with the candidates.
    pub(super) async fn find_by_name(&self, name: &str) -> Result<Application, Failure> {
        let apps = self.applications().await?;
        match matching(&apps, name.trim()).as_slice() {
            [] => Err(unknown(&apps, name)),
            [app] => self.application(&app.uuid).await,
            several => Err(self.ambiguous(several, name).await),
        }
    }

    async fn ambiguous(&self, several: &[&Application], name: &str) -> Failure {
        let listed = several.get(..MOST).unwrap_or(several);
        let projects = self.project_names(listed.iter().copied(), MAX_PROJECTS).await;
        let candidates = listed.iter().map(|app| {
            let project = app.environment_id.and_then(|id| projects.get(&id));
            let domains: Vec<_> = app.domains().into_iter().take(3).collect();
            json!({ "uuid": app.uuid, "name": app.name, "project": project, "domains": domains })
        });
        let candidates: Vec<Value> = candidates.collect();
        let message =
            format!("{} applications are named `{}`.", several.len(), quotable_name(name));
        Failure::conflict(message)
            .hint("Nothing was done. Pass the uuid of one of details.candidates as app_name.")
            .detail("candidates", candidates)
    }
}

/// Returns the applications of this uuid or name; where there are none, those whose names differ in case only.
fn matching<'a>(apps: &'a [Application], name: &str) -> Vec<&'a Application> {
    let is_it = |app: &&Application| app.uuid.as_str() == name || app.name == name;
    let exact: Vec<_> = apps.iter().filter(is_it).collect();
    if !exact.is_empty() {
        return exact;
    }
    let folded = name.to_lowercase();
    apps.iter().filter(|app| app.name.to_lowercase() == folded).collect()
}

fn unknown(apps: &[Application], name: &str) -> Failure {
    let failure = Failure::not_found(format!("There is no application `{}`.", quotable_name(name)));
    let mut near = similar_names(name, apps.iter().map(|app| app.name.as_str()), MOST);
    near.dedup();
    if near.is_empty() {
        return failure.hint("list_all_apps lists the applications with their names.");
    }
    let near: Vec<_> = near.into_iter().map(quotable_name).collect();
    failure.hint(format!("Near names: {}.", near.join(", ")))
}

impl Protectable for Application {
    const KIND: ProtectedKind = ProtectedKind::App;

    fn label(&self, _: &str) -> String {
        if self.name.is_empty() { self.uuid.to_string() } else { self.name.clone() }
    }

    /// Its name, its uuid, and the hosts of all its domains.
    fn names(&self) -> Vec<String> {
        let mut names = vec![self.name.clone(), self.uuid.to_string()];
        names.extend(self.domains());
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn apps(names: &[&str]) -> Vec<Application> {
        let app = |(index, name): (usize, &&str)| {
            serde_json::from_value(
                json!({ "uuid": format!("uuid-{index}").replace('-', "000"), "name": name }),
            )
            .unwrap()
        };
        names.iter().enumerate().map(app).collect()
    }

    #[test]
    fn an_exact_name_match_precedes_a_case_insensitive_one() {
        let apps = apps(&["shop", "Shop", "SHOP-2"]);
        let found = |name: &str| {
            matching(&apps, name).iter().map(|app| app.name.clone()).collect::<Vec<_>>()
        };
        assert_eq!(found("shop"), ["shop"]);
        assert_eq!(found("sHop"), ["shop", "Shop"]);
        assert_eq!(found("shop-2"), ["SHOP-2"]);
        assert_eq!(found("uuid0001"), ["Shop"]);
        assert!(found("sho").is_empty());
    }

    #[test]
    fn an_application_is_found_by_name_uuid_and_every_host() {
        let app: Application = serde_json::from_value(json!({
            "uuid": "vgsco4occ8ksgsc4s8ck4kco", "name": "shop",
            "fqdn": "https://a.test/path,http://B.test:3000",
            "docker_compose_domains": r#"{"web":{"domain":"https://c.test"}}"#,
        }))
        .unwrap();
        let names = ["shop", "vgsco4occ8ksgsc4s8ck4kco", "a.test", "b.test", "c.test"];
        assert_eq!(app.names(), names);
    }
}
