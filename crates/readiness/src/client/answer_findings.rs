//! Sightings in any answer: secrets, texts of requests, and cookies.

use parking_lot::Mutex;

use crate::leaks;

use super::answer::HttpAnswer;

/// The sightings in all answers.
#[derive(Debug)]
pub struct Log {
    /// Texts of requests that no answer may contain.
    markers: Vec<String>,
    seen: Mutex<Sightings>,
}

/// Something that was seen in an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The method and the path of the request.
    pub endpoint: String,
    /// The text that says what it is and where it was.
    pub text: String,
}

#[derive(Debug, Default)]
struct Sightings {
    leaks: Vec<Sighting>,
    echoes: Vec<Sighting>,
    cookies: Vec<Sighting>,
}

impl Log {
    pub(super) fn new(markers: Vec<String>) -> Self {
        Self { markers, seen: Mutex::default() }
    }

    /// Returns the secrets and the traces.
    pub fn leaks(&self) -> Vec<Sighting> {
        self.seen.lock().leaks.clone()
    }

    /// Returns the answers that contain a secret text of a request.
    pub fn echoes(&self) -> Vec<Sighting> {
        self.seen.lock().echoes.clone()
    }

    /// Returns the cookies that were set, with their attributes and without their values.
    pub fn cookies(&self) -> Vec<Sighting> {
        self.seen.lock().cookies.clone()
    }

    pub(super) fn note_head(&self, answer: &HttpAnswer) {
        for (name, value) in &answer.headers {
            self.note(answer, &format!("header {name}"), value.as_bytes());
        }
        let cookies = answer.all("set-cookie").into_iter().map(without_value);
        let sighted = cookies.map(|text| Sighting { endpoint: answer.endpoint.clone(), text });
        self.seen.lock().cookies.extend(sighted);
    }

    pub(super) fn note_body(&self, answer: &HttpAnswer) {
        self.note(answer, "body", &answer.body);
    }

    fn note(&self, answer: &HttpAnswer, place: &str, bytes: &[u8]) {
        let sighting = |text| Sighting { endpoint: answer.endpoint.clone(), text };
        let is_within =
            |marker: &&String| bytes.windows(marker.len()).any(|part| part == marker.as_bytes());
        // A marker has the form of a key, so it would be reported as a leak, too.
        if self.markers.iter().any(|marker| is_within(&marker)) {
            self.seen.lock().echoes.push(sighting(format!("the {place} repeats the request")));
            return;
        }
        for leak in leaks::scan(bytes) {
            let text = format!("{} in the {place}, which begins with {}", leak.rule, leak.prefix);
            self.seen.lock().leaks.push(sighting(text));
        }
    }
}

/// Returns a cookie's name and attributes.
fn without_value(cookie: &str) -> String {
    let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
    let name = pair.split('=').next().unwrap_or_default();
    format!("{name};{attributes}")
}
