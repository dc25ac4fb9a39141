//! The service names of a compose file that is not judged, because it lies in a repository.

use crate::yaml::{self, Value};

/// Returns the service names of a compose file in their order, or none if it can't be read.
///
/// The file is neither judged nor rewritten.
pub fn compose_services(text: &str) -> Vec<String> {
    let Ok(root) = yaml::read(text) else { return Vec::new() };
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
    fn lists_services_in_their_order() {
        let file = "x-base: &base {build: .}\nservices:\n  web: {<<: *base, privileged: true}\n  \
                    \"api\": {image: x}\nvolumes: {db: {}}\n";
        assert_eq!(compose_services(file), ["web", "api"]);
        for odd in ["", "services: []", "services:", "[]", "{", "a: b", "services: {a: *x}"] {
            assert!(compose_services(odd).is_empty(), "{odd}");
        }
    }
}
