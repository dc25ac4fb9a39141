//! The public containers of Coolify's service templates.

/// Returns the public container of a template and the port it listens on, as `urls` need them.
///
/// Read from the templates of 4.3.11. Logto's variable has no port, because its console is on
/// another one. `None` for a template that is not listed here.
pub fn public_service(template: &str) -> Option<(&'static str, Option<u16>)> {
    Some(match template {
        "pocketbase" => ("pocketbase", Some(8080)),
        "authentik" => ("authentik-server", Some(9000)),
        "keycloak" | "keycloak-with-postgres" => ("keycloak", Some(8080)),
        "pocket-id" | "pocket-id-with-postgresql" => ("pocket-id", Some(1411)),
        "logto" => ("logto", None),
        "supertokens-with-postgresql" => ("supertokens", Some(3567)),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use covibe_domain::entities::Provider;

    #[test]
    fn every_auth_provider_has_a_public_service_in_its_template() {
        for provider in Provider::ALL {
            assert!(super::public_service(provider.as_str()).is_some(), "{provider}");
        }
    }
}
