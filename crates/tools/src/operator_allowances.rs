//! The features that an operator allows, and the tools as they are published with them.

use covibe_domain::entities::{BuildPack, Provider};
use covibe_policy::providers;
use covibe_workspace::{Settings, Tool};
use serde_json::Value;

/// The permissions that the operator of a server gives beyond the defaults.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Allowed {
    /// True if auth providers that mount Docker's socket may be created.
    pub docker_sock_providers: bool,
    /// True if apps may be built from a compose file in a repository.
    pub compose_repositories: bool,
}

impl From<&Settings> for Allowed {
    fn from(settings: &Settings) -> Self {
        let Settings { docker_sock_providers, compose_repositories, .. } = *settings;
        Self { docker_sock_providers, compose_repositories }
    }
}

impl Allowed {
    /// Everything that an operator can allow.
    pub const EVERYTHING: Self = Self { docker_sock_providers: true, compose_repositories: true };

    /// Returns a tool as this operator's agents see it. Words that are not published are still understood, so that
    /// they are refused with the reason.
    pub(crate) fn publish(self, tool: Tool) -> Tool {
        tool.published(move |_, input| {
            if let Some(provider) = input.pointer_mut("/properties/provider") {
                let allowed = providers(self.docker_sock_providers).into_iter();
                provider["enum"] = allowed.map(Provider::as_str).collect();
            }
            if !self.compose_repositories {
                withhold(input, "buildPack", BuildPack::Dockercompose.as_str());
            }
        })
    }
}

/// Removes a word from the enumeration of a parameter.
fn withhold(input: &mut Value, parameter: &str, word: &str) {
    let words = input.pointer_mut(&format!("/properties/{parameter}/enum"));
    if let Some(Value::Array(words)) = words {
        words.retain(|each| each != word);
    }
}

#[cfg(test)]
mod tests {
    use crate::registry_for;

    use super::*;

    #[test]
    fn schemas_list_only_providers_and_build_packs_that_the_operator_allows() {
        for (allowed, is) in [(Allowed::default(), false), (Allowed::EVERYTHING, true)] {
            let registry = registry_for(allowed);
            let tool = |name: &str| registry.tools().find(|tool| tool.spec.name == name).unwrap();
            let words = &tool("auth.create").input["properties"]["provider"]["enum"];
            let has = |word: &str| words.as_array().unwrap().iter().any(|each| each == word);
            assert_eq!((has("authentik"), has("pocketbase")), (is, true), "{words}");
            let words = &tool("apps.create").input["properties"]["buildPack"]["enum"];
            let has_compose = words.as_array().unwrap().iter().any(|word| word == "dockercompose");
            assert_eq!(has_compose, is, "{words}");
        }
    }
}
