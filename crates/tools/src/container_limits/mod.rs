//! The limits of the container of an app or a database.

use covibe_compose::Rules;
use covibe_coolify::Application;
use covibe_domain::Failure;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The limits of a container.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[schemars(rename = "ContainerLimits")]
pub(crate) struct Limits {
    /// RAM, such as `512m` or `2g`: a program that needs more is killed. 0 means the maximum that is allowed.
    #[serde(default)]
    #[schemars(regex(pattern = r"^(0|([6-9]|[1-9]\d{1,5})m|[1-9]\d{0,2}g)$"))]
    #[schemars(extend("x-rule" = "6m or more, in whole MiB or GiB, such as 512m or 2g"))]
    #[schemars(example = &"512m")]
    memory: Option<String>,
    /// A number of CPUs, such as 0.5; 0 means all of the host's CPUs.
    #[serde(default)]
    #[schemars(regex(pattern = r"^\d{1,3}(\.\d{1,2})?$"))]
    #[schemars(extend("x-rule" = "a number of CPUs with at most two decimals, like 0.5"))]
    #[schemars(example = &"0.5")]
    cpus: Option<String>,
}

impl Limits {
    /// Returns what is sent to Coolify. `param` is the path of the limits in failures.
    ///
    /// # Errors
    ///
    /// Rejected if the memory is more than the operator allows.
    pub(crate) fn check_within(
        &self,
        rules: &Rules,
        param: &str,
    ) -> Result<covibe_coolify::Limits, Failure> {
        let cpus = self.cpus.clone();
        let memory = match (&self.memory, &rules.max_memory) {
            (Some(memory), Some(most)) if memory == "0" => Some(most.clone()),
            (Some(memory), Some(most)) if mebibytes(memory) > mebibytes(most) => {
                return Err(excessive_memory(param, most));
            }
            (memory, _) => memory.clone(),
        };
        Ok(covibe_coolify::Limits { memory, cpus })
    }
}

/// Adds the operator's memory to the limits of a new container whose caller names none: its program may use all of the
/// host's memory otherwise.
pub(crate) fn with_default_memory(
    limits: covibe_coolify::Limits,
    rules: &Rules,
) -> covibe_coolify::Limits {
    let memory = limits.memory.or_else(|| default_memory(rules));
    covibe_coolify::Limits { memory, ..limits }
}

fn default_memory(rules: &Rules) -> Option<String> {
    let limits = [&rules.memory, &rules.max_memory].into_iter().flatten();
    limits.min_by_key(|memory| mebibytes(memory)).cloned()
}

/// 422: the memory is more than the operator allows.
fn excessive_memory(param: &str, most: &str) -> Failure {
    let failure = Failure::rejected(format!("`{param}.memory` is more than the server allows."));
    failure.hint(format!("Pass at most {most}."))
}

// Their schema has no bounds.
/// The limits of an app's container, as a caller passes them.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Limits")]
pub(crate) struct ShownLimits {
    /// Its memory; 0: no limit.
    #[schemars(example = &"512m")]
    memory: String,
    /// Its CPUs; 0: no limit.
    #[schemars(example = &"0.5")]
    cpus: String,
}

impl ShownLimits {
    /// Returns the limits of an application; `None` for those of a compose file, which declares them.
    pub(crate) fn read(app: &Application) -> Option<Self> {
        let shown = |limit: &Option<String>| limit.clone().unwrap_or_else(|| "0".to_owned());
        let [memory, cpus] = [&app.limits_memory, &app.limits_cpus].map(shown);
        (!app.is_compose()).then_some(Self { memory, cpus })
    }
}

/// Returns the number of mebibytes of an amount such as `512m` or `4g`.
fn mebibytes(memory: &str) -> u64 {
    let number = |digits: &str| digits.parse::<u64>().unwrap_or(u64::MAX);
    match memory.strip_suffix('g') {
        Some(gibibytes) => number(gibibytes).saturating_mul(1024),
        None => number(memory.trim_end_matches('m')),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(memory: &str, most: &str) -> Rules {
        let [memory, max_memory] = [memory, most].map(|text| Some(text.to_owned()));
        Rules { memory, max_memory, ..Rules::default() }
    }

    #[test]
    fn default_memory_is_at_most_what_the_operator_allows() {
        let default = |memory, most| default_memory(&rules(memory, most)).unwrap();
        assert_eq!(default("4g", "16g"), "4g");
        assert_eq!(default("4g", "2048m"), "2048m");
        assert_eq!(default_memory(&Rules::default()), None);
    }

    #[test]
    fn compares_memory_in_different_units() {
        let rules = rules("4g", "16g");
        let limited = |memory: &str| {
            let limits = Limits { memory: Some(memory.to_owned()), cpus: None };
            limits.check_within(&rules, "limits").map(|limits| limits.memory.unwrap())
        };
        for (memory, sent) in [("512m", "512m"), ("16384m", "16384m"), ("16g", "16g"), ("0", "16g")]
        {
            assert_eq!(limited(memory).unwrap(), sent);
        }
        for memory in ["16385m", "17g", "999g", "599999m"] {
            assert!(limited(memory).is_err(), "{memory}");
        }
    }
}
