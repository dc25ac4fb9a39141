//! The operator's accounts, as the environment names them.

use std::collections::BTreeMap;

use anyhow::{Result, ensure};

use crate::rehearse::step_outcomes::Report;

/// The variables of the registrar. Without one of the first three there is no account.
const REGISTRAR: [&str; 4] =
    ["OPENSRS_USERNAME", "OPENSRS_API_KEY", "OPENSRS_ENVIRONMENT", "OPENSRS_API_URL"];

/// Those of Google Cloud. Without the first one there is no project.
const CLOUD: [&str; 3] =
    ["COVIBE_CLOUD_DNS_PROJECT", "GOOGLE_APPLICATION_CREDENTIALS", "COVIBE_CLOUD_DNS_API_URL"];

/// Those of a server of dynamic updates. Without the first one there is none.
const UPDATES: [&str; 4] = [
    "COVIBE_DNS_UPDATE_SERVER",
    "COVIBE_DNS_UPDATE_KEY_NAME",
    "COVIBE_DNS_UPDATE_KEY",
    "COVIBE_DNS_NAMESERVERS",
];

/// The one of them that is the path of a file.
const KEY_FILE: &str = CLOUD[1];

/// The variable with the addresses at which apps are reached.
const INGRESS: &str = "COVIBE_INGRESS_ADDRESSES";

/// An address that only documents have (RFC 5737): nothing has to answer there.
const NOWHERE: &str = "198.51.100.7";

/// The accounts, and the settings of a server that uses them.
pub(super) struct Accounts {
    /// True if there is an account at the registrar.
    pub(super) has_registrar: bool,
    /// True if there is a provider of DNS.
    pub(super) has_dns: bool,
    /// The server of dynamic updates, if that is the provider.
    pub(super) update_server: Option<String>,
    /// The address that the domain has to lead to.
    pub(super) ingress: String,
    /// The settings.
    pub(super) variables: BTreeMap<String, String>,
}

impl Accounts {
    /// Reads the accounts. A rehearsal spends no money: the live system of the registrar is refused.
    pub(super) fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let variable = |name: &str| variable(name).filter(|value| !value.is_empty());
        let has_registrar = REGISTRAR[..2].iter().all(|name| variable(name).is_some());
        let environment = variable("OPENSRS_ENVIRONMENT");
        ensure!(
            !has_registrar || environment.as_deref() == Some("horizon"),
            "a rehearsal buys a domain: set OPENSRS_ENVIRONMENT=horizon, with the key of that system"
        );
        let has_cloud = variable(CLOUD[0]).is_some();
        let update_server = variable(UPDATES[0]).filter(|_| !has_cloud);
        let has_dns = has_cloud || update_server.is_some();
        let addresses = variable(INGRESS).unwrap_or_else(|| NOWHERE.to_owned());
        let ingress = addresses.split(',').next().unwrap_or_default().trim().to_owned();
        let mut variables = BTreeMap::from([(INGRESS.to_owned(), ingress.clone())]);
        let sets = [
            (has_registrar, &REGISTRAR[..]),
            (has_cloud, &CLOUD[..]),
            (update_server.is_some(), &UPDATES[..]),
        ];
        for name in sets.iter().filter(|(is_used, _)| *is_used).flat_map(|(_, names)| *names) {
            variables.extend(variable(name).map(|value| ((*name).to_owned(), value)));
        }
        if let Some(file) = variables.get_mut(KEY_FILE) {
            // The server runs in another folder.
            *file = std::path::absolute(&*file)?.display().to_string();
        }
        Ok(Self { has_registrar, has_dns, update_server, ingress, variables })
    }

    /// Prints which accounts there are.
    pub(super) fn print(&self, report: &mut Report, is_simulated: bool) {
        let instead = if is_simulated { "simulated: set " } else { "set " };
        if !self.has_registrar {
            let names = "OPENSRS_USERNAME, OPENSRS_API_KEY, OPENSRS_ENVIRONMENT=horizon";
            report.skip("an account at the registrar", &format!("{instead}{names}"));
        }
        if !self.has_dns {
            let names = "COVIBE_CLOUD_DNS_PROJECT or COVIBE_DNS_UPDATE_SERVER";
            report.skip("a provider of DNS", &format!("{instead}{names}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_accounts(set: &[(&str, &str)]) -> Result<Accounts> {
        let set: BTreeMap<_, _> = set.iter().copied().collect();
        Accounts::read(|name| set.get(name).map(|value| (*value).to_owned()))
    }

    #[test]
    fn accounts_of_the_live_opensrs_system_are_refused() {
        let account = [("OPENSRS_USERNAME", "acme"), ("OPENSRS_API_KEY", "key")];
        for environment in [None, Some(("OPENSRS_ENVIRONMENT", "live"))] {
            let set: Vec<_> = account.into_iter().chain(environment).collect();
            assert!(read_accounts(&set).is_err());
        }
        let horizon = [account[0], account[1], ("OPENSRS_ENVIRONMENT", "horizon")];
        let accounts = read_accounts(&horizon).unwrap();
        assert!(accounts.has_registrar && !accounts.has_dns);
        assert_eq!(accounts.variables.len(), 4);
    }

    #[test]
    fn only_variables_of_configured_services_are_passed_on() {
        let accounts =
            read_accounts(&[("COVIBE_DNS_UPDATE_KEY", "key"), ("OPENSRS_API_KEY", "")]).unwrap();
        assert!(!accounts.has_registrar && !accounts.has_dns);
        assert_eq!(accounts.variables.keys().collect::<Vec<_>>(), [INGRESS]);
        let both = read_accounts(&[(CLOUD[0], "acme-dns"), (UPDATES[0], "192.0.2.1:53")]).unwrap();
        assert_eq!((both.has_dns, both.update_server.is_none()), (true, true));
    }

    #[test]
    fn a_relative_key_file_is_passed_on_as_an_absolute_path() {
        let told = |file: &str| {
            let accounts = read_accounts(&[(CLOUD[0], "acme-dns"), (KEY_FILE, file)]).unwrap();
            std::path::PathBuf::from(&accounts.variables[KEY_FILE])
        };
        let here = std::env::current_dir().unwrap();
        assert_eq!(told("keys/google.json"), here.join("keys/google.json"));
        assert_eq!(told("/etc/google.json"), std::path::Path::new("/etc/google.json"));
    }
}
