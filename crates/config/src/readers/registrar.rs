//! The configuration of the registrar: the account, and the limits of expenses.

use covibe_domain::internet::is_loopback_host;
use covibe_domain::{Money, Secret};
use covibe_registrar::System;
use url::Url;

use super::{Reader, is_plain};

/// The account at the registrar.
#[derive(Clone, Debug)]
pub struct Registrar {
    /// The name of the reseller's account.
    pub username: String,
    /// The key with which commands are signed.
    pub key: Secret,
    /// The system: that where domains cost money, or that for tests.
    pub system: System,
    /// The address instead of the system's own.
    pub url: Option<Url>,
}

impl Registrar {
    /// Returns the address that commands are sent to.
    ///
    /// # Errors
    ///
    /// The address of the system is none; it is a constant.
    pub fn address(&self) -> anyhow::Result<Url> {
        self.url.clone().map_or_else(|| Ok(self.system.address().parse()?), Ok)
    }
}

impl Reader<'_> {
    /// Reads the account. Its system has no default: on one of them, money is spent.
    pub(crate) fn registrar(&mut self) -> Option<Registrar> {
        let username = self.text("OPENSRS_USERNAME");
        let (key, url) =
            (self.secret("OPENSRS_API_KEY"), self.loopback_or_https("OPENSRS_API_URL"));
        let system = self.text("OPENSRS_ENVIRONMENT");
        if username.is_none() && key.is_none() && system.is_none() && url.is_none() {
            return None;
        }
        let because = "another OpenSRS variable is set";
        let username = self.require(username, "OPENSRS_USERNAME", because);
        let key = self.require(key, "OPENSRS_API_KEY", because);
        let system = self.require(system, "OPENSRS_ENVIRONMENT", because);
        let system = system.and_then(|system| self.system(&system));
        Some(Registrar { username: username?, key: key?, system: system?, url })
    }

    /// Reads the most that a domain may cost unless the call agrees to more.
    pub(crate) fn domain_price_limit(&mut self) -> Option<Money> {
        self.dollars("COVIBE_DOMAIN_PRICE_LIMIT")
    }

    /// Reads the most that all workspaces of a tenant together may spend on domains in 24 hours.
    pub(crate) fn domain_daily_limit(&mut self) -> Option<Money> {
        self.dollars("COVIBE_DOMAIN_DAILY_LIMIT")
    }

    /// Reads the price of WHOIS privacy for a year.
    pub(crate) fn domain_privacy_price(&mut self) -> Option<Money> {
        self.dollars("COVIBE_DOMAIN_PRIVACY_PRICE")
    }

    fn dollars(&mut self, name: &str) -> Option<Money> {
        let text = self.text(name)?;
        let amount = Money::parse(&text).filter(|amount| amount.minor >= 0);
        if amount.is_none() {
            self.mistakes.push(format!("{name}: expected US dollars, like 50.00"));
        }
        amount
    }

    fn system(&mut self, text: &str) -> Option<System> {
        match text {
            "live" => Some(System::Live),
            "horizon" => Some(System::Horizon),
            _ => {
                self.mistakes.push("OPENSRS_ENVIRONMENT: expected live or horizon".to_owned());
                None
            }
        }
    }

    /// Reads an address to which secrets or personal data are sent: they leave this machine by TLS only.
    pub(crate) fn loopback_or_https(&mut self, name: &str) -> Option<Url> {
        let url: Url = self.parse(name, "an https address")?;
        let is_loopback = url.host_str().is_some_and(is_loopback_host);
        let is_private = url.scheme() == "https" || (url.scheme() == "http" && is_loopback);
        if is_private && is_plain(&url) {
            return Some(url);
        }
        self.mistakes.push(format!("{name}: expected an https address"));
        None
    }
}
