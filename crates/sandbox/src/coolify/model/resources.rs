//! The resources of a Coolify, which may be thousands, and the URLs that lead to them.

use std::collections::{BTreeSet, HashMap};
use std::ops::{Deref, DerefMut};
use std::time::Instant;

use serde_json::Value;

use super::resource::{Kind, Resource};

/// The resources in the order of their creation.
///
/// As in a database, finding one by its uuid takes the same time however many there are, and requests do not go
/// through all of them for due events, for the users of a URL, and for the containers on the host.
#[derive(Default)]
pub(crate) struct Resources {
    all: Vec<Resource>,
    /// The place of each uuid.
    places: HashMap<String, usize>,
    /// The notes about the resource at each place.
    notes: Vec<Note>,
    /// The places whose notes may be old.
    changed: BTreeSet<usize>,
}

#[derive(Default)]
struct Note {
    /// The moment when its deletion is finished or the next look at it is due.
    next_event: Option<Instant>,
    /// The URLs that lead to it.
    urls: Vec<String>,
    /// True if it has containers, or will have some.
    may_run: bool,
    is_service: bool,
}

impl Resources {
    /// Adds a resource.
    pub(crate) fn push(&mut self, resource: Resource) {
        let place = self.all.len();
        self.places.insert(resource.uuid.clone(), place);
        self.all.push(resource);
        self.notes.push(Note::default());
        self.changed.insert(place);
    }

    /// Returns the resource with that uuid.
    pub(crate) fn get(&self, uuid: &str) -> Option<&Resource> {
        self.all.get(*self.places.get(uuid)?)
    }

    /// Returns the resource with that uuid for a change.
    pub(crate) fn get_mut(&mut self, uuid: &str) -> Option<&mut Resource> {
        let place = *self.places.get(uuid)?;
        self.changed.insert(place);
        self.all.get_mut(place)
    }

    /// Removes the resources that are not kept.
    pub(crate) fn retain(&mut self, is_kept: impl FnMut(&Resource) -> bool) {
        self.all.retain(is_kept);
        let places = self.all.iter().enumerate();
        self.places = places.map(|(place, one)| (one.uuid.clone(), place)).collect();
        self.notes.truncate(self.all.len());
        self.changed = (0..self.all.len()).collect();
    }

    /// Returns the uuids of those whose deletion is finished or whose next look is due.
    pub(crate) fn due(&mut self, now: Instant) -> Vec<String> {
        for place in std::mem::take(&mut self.changed) {
            let one = &self.all[place];
            let urls = used_urls(one).iter().map(|used| normalise_url(used.url)).collect();
            self.notes[place] = Note {
                next_event: one.next_event(),
                urls,
                may_run: one.up_at.is_some(),
                is_service: matches!(one.kind, Kind::Service(_)),
            };
        }
        let notes = self.all.iter().zip(&self.notes);
        let due = notes.filter(|(_, note)| note.next_event.is_some_and(|at| at <= now));
        due.map(|(one, _)| one.uuid.clone()).collect()
    }

    /// Returns the resources that use one of these normalised URLs, and others that possibly do.
    pub(crate) fn that_may_use(&self, urls: &[String]) -> impl Iterator<Item = &Resource> {
        self.with_note(|note| note.urls.iter().any(|url| urls.contains(url)))
    }

    /// Returns the resources that have containers, and others that possibly do.
    pub(crate) fn that_may_run(&self) -> impl Iterator<Item = &Resource> {
        self.with_note(|note| note.may_run)
    }

    /// Returns the services, and others that possibly are.
    pub(crate) fn that_may_be_services(&self) -> impl Iterator<Item = &Resource> {
        self.with_note(|note| note.is_service)
    }

    /// Returns the resources whose notes match, and those whose notes may be old.
    fn with_note(&self, is_noted: impl Fn(&Note) -> bool) -> impl Iterator<Item = &Resource> {
        let places = self.notes.iter().enumerate();
        let found =
            places.filter(move |(place, note)| is_noted(note) || self.changed.contains(place));
        found.map(|(place, _)| &self.all[place])
    }
}

impl Deref for Resources {
    type Target = [Resource];

    fn deref(&self) -> &[Resource] {
        &self.all
    }
}

impl DerefMut for Resources {
    fn deref_mut(&mut self) -> &mut [Resource] {
        self.changed = (0..self.all.len()).collect();
        &mut self.all
    }
}

/// A URL in use.
pub(crate) struct UsedUrl<'a> {
    pub(crate) url: &'a str,
    /// The uuid of the application, or of the service's container, that uses it.
    pub(crate) user: &'a str,
    /// The service of a compose application's file.
    pub(crate) service: Option<&'a str>,
}

/// Returns every URL that leads to a resource.
pub(crate) fn used_urls(resource: &Resource) -> Vec<UsedUrl<'_>> {
    let leading =
        |text, user, service| url_parts(text).map(move |url| UsedUrl { url, user, service });
    match &resource.kind {
        Kind::Service(stack) => {
            let urls = stack.containers.iter().flat_map(|one| {
                one.urls.iter().flat_map(|url| leading(url, one.uuid.as_str(), None))
            });
            urls.collect()
        }
        Kind::Application(_) => {
            let user = resource.uuid.as_str();
            let mut urls: Vec<_> = leading(resource.text("fqdn"), user, None).collect();
            let map = resource.fields.get("docker_compose_domains").and_then(Value::as_object);
            for (name, service) in map.into_iter().flatten() {
                let domain = service["domain"].as_str().unwrap_or_default();
                urls.extend(leading(domain, user, Some(name.as_str())));
            }
            urls
        }
        Kind::Database(..) => Vec::new(),
    }
}

/// Notes the URLs with which a resource was started just now: its containers keep the labels for the proxy until its
/// next start.
pub(crate) fn note_routes(started: &mut Resource) {
    let route =
        |used: UsedUrl<'_>| (used.service.unwrap_or(used.user).to_owned(), used.url.to_owned());
    let urls = used_urls(started).into_iter().map(route).collect();
    if let Some(launch) = started.launches.last_mut() {
        launch.urls = urls;
    }
}

/// Splits a comma-separated list of URLs.
pub(crate) fn split_urls(text: &str) -> Vec<String> {
    url_parts(text).map(str::to_owned).collect()
}

fn url_parts(text: &str) -> impl Iterator<Item = &str> {
    text.split(',').map(str::trim).filter(|url| !url.is_empty())
}

/// Returns a URL with its scheme and host in lower case and without a final slash.
pub(crate) fn normalise_url(url: &str) -> String {
    let path_at = url.find("://").and_then(|at| url[at + 3..].find('/').map(|path| at + 3 + path));
    let (host, path) = url.split_at(path_at.unwrap_or(url.len()));
    format!("{}{}", host.to_lowercase(), path.trim_end_matches('/'))
}
