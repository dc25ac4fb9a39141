//! The limits of a container.

use serde_json::{Map, Value, json};

use crate::records::Application;

/// The maximum that a container may use; `None` leaves it to Coolify, whose own default is `0`: no
/// limit.
///
/// Coolify stores any text (`abc` as memory, `-1` as CPUs), and the next start fails (4.3.11).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Memory, such as `512m`.
    pub memory: Option<String>,
    /// CPUs, such as `0.5`.
    pub cpus: Option<String>,
}

impl Limits {
    /// Returns whether it limits nothing.
    pub fn is_empty(&self) -> bool {
        self.memory.is_none() && self.cpus.is_none()
    }

    pub(crate) fn add_to(&self, body: &mut Map<String, Value>) {
        // Without a limit of its own, swap of the same size is allowed beside the memory.
        let fields = [
            ("limits_memory", &self.memory),
            ("limits_memory_swap", &self.memory),
            ("limits_cpus", &self.cpus),
        ];
        let set = |(field, value): (&str, &Option<String>)| {
            Some((field.to_owned(), json!(value.as_ref()?)))
        };
        body.extend(fields.into_iter().filter_map(set));
    }

    /// Returns whether an application has the memory and the CPUs, in this order; `None` for a
    /// limit that is not set here.
    pub fn compare(&self, app: &Application) -> [Option<bool>; 2] {
        let is = |wanted: &Option<String>, present: &Option<String>| {
            wanted.as_ref().map(|wanted| present.as_ref() == Some(wanted))
        };
        [is(&self.memory, &app.limits_memory), is(&self.cpus, &app.limits_cpus)]
    }

    /// Returns whether an application has these limits.
    pub fn are_of(&self, app: &Application) -> bool {
        !self.compare(app).contains(&Some(false))
    }
}
