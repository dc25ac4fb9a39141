//! Ids of jobs.

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize};
use uuid::Uuid;

/// The id of a job: a UUID of version 7 in its usual spelling, which is also the name of its folder. Later ones are greater.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub(crate) struct JobId(String);

impl JobId {
    /// Returns an id that no other job has.
    pub(crate) fn new() -> Self {
        Self(Uuid::now_v7().to_string())
    }

    /// Returns the id that a text spells.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        // Any other spelling of a UUID would be another name of a folder.
        let id = Uuid::try_parse(text).ok()?.to_string();
        (id == text).then_some(Self(id))
    }

    /// Returns its text.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the branch that its commits are pushed to.
    pub(crate) fn branch(&self) -> String {
        format!("agents/{self}")
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for JobId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| serde::de::Error::custom("expected the id of a job"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_id_is_ordered_by_time_and_parsed_only_in_canonical_form() {
        let (first, second) = (JobId::new(), JobId::new());
        assert!(first < second);
        assert_eq!(JobId::parse(first.as_str()), Some(first.clone()));
        for other in
            ["", "..", "a/b", &first.as_str().to_uppercase(), &first.as_str().replace('-', "")]
        {
            assert_eq!(JobId::parse(other), None, "{other}");
        }
    }
}
