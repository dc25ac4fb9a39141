//! The names in a compose file that is not ours to check: it lies in a repository.

use super::report::Report;
use super::yaml::{self, Value};

/// The services of a compose file in their order; none of what can't be read as one.
///
/// Nothing of the file is checked, nor is it written anew.
pub fn compose_services(text: &str) -> Vec<String> {
    let Some(root) = yaml::read(text, &mut Report::default()) else { return Vec::new() };
    let Value::Map(members) = &root.value else { return Vec::new() };
    let services = members.iter().find(|(name, _)| name == "services");
    match services.map(|(_, services)| &services.value) {
        Some(Value::Map(services)) => services.iter().map(|(name, _)| name.clone()).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn services_are_named_in_their_order() {
        let file = "x-base: &base {build: .}\nservices:\n  web: {<<: *base, privileged: true}\n  \
                    \"api\": {image: x}\nvolumes: {db: {}}\n";
        assert_eq!(compose_services(file), ["web", "api"]);
        for odd in ["", "services: []", "services:", "[]", "{", "a: b", "services: {a: *x}"] {
            assert!(compose_services(odd).is_empty(), "{odd}");
        }
    }
}
