//! The names by which an application is protected.

use covibe_coolify::Application;

use crate::guard::{Protectable, ProtectedKind};

impl Protectable for Application {
    const KIND: ProtectedKind = ProtectedKind::App;

    fn label(&self) -> String {
        if self.name.is_empty() { self.uuid.to_string() } else { self.name.clone() }
    }

    /// Its name, its uuid, and the hosts of all its domains.
    fn names(&self) -> Vec<String> {
        let mut names = vec![self.name.clone(), self.uuid.to_string()];
        names.extend(self.domains());
        names
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_application_has_the_names_of_all_its_hosts() {
        let app: Application = serde_json::from_value(json!({
            "uuid": "vgsco4occ8ksgsc4s8ck4kco", "name": "shop",
            "fqdn": "https://a.test/path,http://B.test:3000",
            "docker_compose_domains": r#"{"web":{"domain":"https://c.test"}}"#,
        }))
        .unwrap();
        let names = ["shop", "vgsco4occ8ksgsc4s8ck4kco", "a.test", "b.test", "c.test"];
        assert_eq!(app.names(), names);
    }
}
