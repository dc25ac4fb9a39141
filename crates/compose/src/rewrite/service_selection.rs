//! Selection of the services that are sent: all except those of profiles that the call does not
//! choose, and those that are scaled to zero.

use super::rewriter::{Rewriter, services};
use crate::file_location::Location;
use crate::refusals;
use crate::yaml_tree::Tree;

/// The variable by which a call chooses profiles, as with Docker Compose.
const CHOICE: &str = "COMPOSE_PROFILES";

const NOT_CHOSEN: &str = "its profile is not chosen: name it in COMPOSE_PROFILES in the envs of \
                          apps.create, or remove profiles";

/// The choice of profiles.
struct Choice {
    profiles: Vec<String>,
    /// The services of profiles that the app has now.
    present: Vec<String>,
}

impl Choice {
    /// Returns the choice of the call and that of the call which created the app. The latter is not
    /// stored: it is found by the services that the app has.
    fn from_call(rewriter: &Rewriter<'_>, file: &Tree) -> Self {
        let named = rewriter.values.get(CHOICE).unwrap_or_default().split(',');
        let mut profiles: Vec<_> = named.map(|name| name.trim().to_owned()).collect();
        let is_present = |name: &str| {
            let services = rewriter.present.and_then(|present| present.get("services"));
            services.is_some_and(|services| services.get(name).is_some())
        };
        let mut present = Vec::new();
        for (name, service) in services(file).iter().filter(|(name, _)| is_present(name)) {
            present.push(name.clone());
            if let [only] = items(service, "profiles")[..] {
                profiles.push(only.to_owned());
            }
        }
        Self { profiles, present }
    }

    /// Returns whether a service with these profiles is to run.
    fn includes(&self, name: &str, profiles: &[&str]) -> bool {
        let is_chosen = |profile: &&str| self.profiles.iter().any(|it| it == profile || it == "*");
        profiles.is_empty()
            || profiles.iter().any(is_chosen)
            || self.present.iter().any(|present| present == name)
    }
}

/// Removes the services that are not to run, and the dependencies on them.
pub(super) fn select(rewriter: &mut Rewriter<'_>, file: &mut Tree) {
    let choice = Choice::from_call(rewriter, file);
    let at = Location::file().key("services");
    let (mut removed, mut profiles) = (Vec::new(), Vec::new());
    let count = services(file).len();
    for (name, service) in services(file) {
        let own: Vec<_> = items(service, "profiles");
        if !choice.includes(name, &own) {
            profiles.extend(own.iter().map(|profile| (*profile).to_owned()));
            removed.push((name.clone(), NOT_CHOSEN));
        } else if replicas(rewriter, service).as_deref() == Some("0") {
            removed.push((name.clone(), "it is scaled to 0"));
        }
    }
    if removed.len() == count && !profiles.is_empty() {
        profiles.sort_unstable();
        profiles.dedup();
        rewriter.refuse(&at, refusals::no_profile(&profiles));
        removed.clear();
    } else if removed.len() == count && count > 0 {
        rewriter.refuse(&at, refusals::scaled_to_none());
        removed.clear();
    }
    let Some(Tree::Map(all)) = file.get_mut("services") else { return };
    all.retain(|(name, _)| removed.iter().all(|(gone, _)| gone != name));
    for (name, service) in all {
        service.remove("profiles");
        forget(service, &removed);
        let at = at.key(name);
        if let Some(number) = replicas(rewriter, service).filter(|number| number != "1") {
            let why = "a service runs as one container, because its name is fixed";
            rewriter.note(&at.key("deploy.replicas"), format!("{number} became 1"), why);
        }
        service.remove("scale");
        if let Some(deploy) = service.get_mut("deploy") {
            deploy.remove("replicas");
        }
    }
    for (name, why) in removed {
        rewriter.note(&at.key(&name), "removed", why);
    }
}

/// Returns the number of containers that a service asks for, if it is one that can be read.
fn replicas(rewriter: &Rewriter<'_>, service: &Tree) -> Option<String> {
    let of_deploy = service.get("deploy").and_then(|deploy| deploy.get("replicas"));
    let text = of_deploy.or_else(|| service.get("scale"))?.as_str()?;
    let number = rewriter.values.evaluate(text).ok()?;
    number.bytes().all(|b| b.is_ascii_digit()).then_some(number)
}

fn items<'a>(service: &'a Tree, key: &str) -> Vec<&'a str> {
    let items = service.get(key).map(Tree::items).unwrap_or_default();
    items.iter().filter_map(Tree::as_str).collect()
}

/// Removes the references to removed services.
fn forget(service: &mut Tree, removed: &[(String, &str)]) {
    let is_gone = |name: &str| removed.iter().any(|(gone, _)| gone == name);
    if let Some(Tree::Map(depends)) = service.get_mut("depends_on") {
        depends.retain(|(name, _)| !is_gone(name));
    }
    if let Some(Tree::List(links)) = service.get_mut("links") {
        let service_of =
            |link: &Tree| link.as_str().and_then(|link| link.split(':').next()).map(str::to_owned);
        links.retain(|link| !service_of(link).is_some_and(|name| is_gone(&name)));
    }
}
