//! The id of a request, in the answer, the log and the audit.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use covibe_domain::Timestamp;

/// The maximum length of an id that a client gives.
const MAX: usize = 64;

/// The prefix, in the audit, of ids that clients gave. No id contains a colon.
const GIVEN: &str = "c:";

/// The id of a request.
#[derive(Clone, Debug)]
pub struct RequestId {
    text: Arc<str>,
    /// True if the client chose it; a client may choose the same id again.
    is_given: bool,
    /// True if a call of the request has the text as its number.
    is_taken: Arc<AtomicBool>,
}

impl RequestId {
    /// Returns the id that a client gave, if it has 1 to 64 letters, digits and `._-`; otherwise a new one.
    pub fn new(given: Option<&str>) -> Self {
        let given = given.filter(|text| is_well_formed(text));
        Self {
            text: given.map_or_else(|| random_id().into(), Into::into),
            is_given: given.is_some(),
            is_taken: Arc::default(),
        }
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns a unique number for a call of this request: the text, unless the client chose it or an earlier call of
    /// the request has it. The audit takes a second entry with the same number for the first one.
    pub(super) fn number_call(&self) -> String {
        if self.is_given || self.is_taken.swap(true, Ordering::Relaxed) {
            random_id()
        } else {
            self.text.to_string()
        }
    }
}

impl RequestId {
    /// Returns the call's id for the audit. One that a client chose is marked, so that it cannot be mistaken for one
    /// that the server made.
    pub(super) fn recorded_id(&self) -> String {
        if self.is_given { format!("{GIVEN}{}", self.text) } else { self.text.to_string() }
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Returns an id that sorts by time, so that entries are appended to the index of the audit instead of scattered in it.
/// It does not ask the operating system for random numbers, because each call needs some.
pub(crate) fn random_id() -> String {
    format!("{:012x}{:016x}", Timestamp::now().as_millis(), rand::random::<u64>())
}

/// Returns whether a text can be an id. Texts that look like credentials are rejected, because ids are logged.
fn is_well_formed(text: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    (1..=MAX).contains(&text.len())
        && text.chars().all(is_plain)
        && (!covibe_domain::secret::has_credential_form(text) || covibe_domain::has_uuid_form(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_a_plain_request_id_and_replaces_others() {
        for given in ["abc-1.2_3", "550e8400-e29b-41d4-a716-446655440000"] {
            let id = RequestId::new(Some(given));
            assert_eq!((id.as_str(), id.recorded_id()), (given, format!("c:{given}")));
        }
        let key = format!("vibn_sk_{}", "A".repeat(43));
        for given in ["", "two words", "a\"b", &"x".repeat(65), &key] {
            let id = RequestId::new(Some(given));
            assert!(id.as_str() != given && id.number_call() == id.recorded_id(), "{given}");
        }
    }

    #[test]
    fn each_call_of_a_request_has_a_number_of_its_own() {
        for given in [None, Some("abc")] {
            let (id, mut numbers) = (RequestId::new(given), std::collections::HashSet::new());
            let same = id.clone();
            assert!((0..10).all(|_| numbers.insert(id.number_call())));
            assert!(numbers.insert(same.number_call()) && !numbers.contains("abc"));
        }
    }
}
