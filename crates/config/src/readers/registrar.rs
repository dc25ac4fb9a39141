//! The configuration of the registrar: the account, and the limits of expenses.

use covibe_domain::internet::is_loopback_host;
use covibe_domain::{Money, Secret};
use covibe_registrar::System;
use covibe_workspace::Settings;
use url::Url;

use super::auth::Auth;
use super::{Reader, is_plain};

/// The limits of expenses for domains.
#[derive(Clone, Copy, Debug)]
pub struct DomainLimits {
    /// The most that a domain may cost unless the call agrees to more.
    pub price: Money,
    /// The most that a call may agree to; any price if `None`.
    pub agreed_price: Option<Money>,
    /// The most that all workspaces of a tenant together may spend in 24 hours; no limit if `None`.
    pub of_tenant: Option<Money>,
    /// The most that all tenants together may spend in 24 hours; no limit if `None`.
    pub of_all: Option<Money>,
}

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

    /// Returns whether its orders cost money.
    pub fn costs_money(&self) -> bool {
        self.system == System::Live
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

    /// Reads the limits of expenses. Some have defaults only where domains cost money, and some only where anybody may
    /// found a company, too.
    pub(crate) fn domain_limits(
        &mut self,
        registrar: Option<&Registrar>,
        auth: &Auth,
    ) -> DomainLimits {
        let costs_money = registrar.is_some_and(Registrar::costs_money);
        let is_open_to_all = costs_money && matches!(auth, Auth::WorkOs(_));
        let price = self.dollars("COVIBE_DOMAIN_PRICE_LIMIT");
        let price = price.unwrap_or(Settings::default().domain_price_limit);
        let agreed_price = self.dollars("COVIBE_DOMAIN_AGREED_PRICE_LIMIT");
        let of_tenant = self.dollars("COVIBE_DOMAIN_DAILY_LIMIT");
        let of_tenant = of_tenant.or(is_open_to_all.then_some(price.times(2)));
        let of_all = self.dollars("COVIBE_DOMAIN_DAILY_LIMIT_ALL");
        DomainLimits {
            price,
            agreed_price: agreed_price.or(costs_money.then_some(price)),
            of_tenant,
            of_all: of_all.or(of_tenant.filter(|_| is_open_to_all).map(|limit| limit.times(5))),
        }
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

#[cfg(test)]
mod tests {
    use super::DomainLimits;
    use crate::tests::{WORKOS, read};

    /// Reads the limits with an account at one of the registrar's systems.
    fn limits_with(system: &str, others: &[(&str, &str)]) -> DomainLimits {
        let account = [
            ("OPENSRS_USERNAME", "acme"),
            ("OPENSRS_API_KEY", "k"),
            ("OPENSRS_ENVIRONMENT", system),
        ];
        read(&[&account[..], others].concat()).unwrap().domain_limits
    }

    /// Returns the limits in whole dollars.
    fn in_dollars(limits: DomainLimits) -> [Option<i64>; 4] {
        let DomainLimits { price, agreed_price, of_tenant, of_all } = limits;
        [Some(price), agreed_price, of_tenant, of_all].map(|it| it.map(|money| money.minor / 100))
    }

    #[test]
    fn expenses_are_limited_by_default_where_domains_cost_money_and_anybody_may_sign_up() {
        let test_system = limits_with("horizon", &WORKOS);
        assert_eq!(in_dollars(test_system), [Some(50), None, None, None]);
        assert_eq!(in_dollars(limits_with("live", &[])), [Some(50), Some(50), None, None]);
        let open = limits_with("live", &WORKOS);
        assert_eq!(in_dollars(open), [Some(50), Some(50), Some(100), Some(500)]);
        let raised = [&WORKOS[..], &[("COVIBE_DOMAIN_DAILY_LIMIT", "300")]].concat();
        let raised = limits_with("live", &raised);
        assert_eq!(in_dollars(raised), [Some(50), Some(50), Some(300), Some(1_500)]);
    }

    #[test]
    fn limits_of_expenses_are_those_that_the_operator_sets() {
        let own = [
            ("COVIBE_DOMAIN_PRICE_LIMIT", "20"),
            ("COVIBE_DOMAIN_AGREED_PRICE_LIMIT", "250.00"),
            ("COVIBE_DOMAIN_DAILY_LIMIT", "300"),
            ("COVIBE_DOMAIN_DAILY_LIMIT_ALL", "400"),
        ];
        for others in [own.to_vec(), [&WORKOS[..], &own[..]].concat()] {
            let limits = limits_with("live", &others);
            assert_eq!(in_dollars(limits), [Some(20), Some(250), Some(300), Some(400)]);
        }
        assert!(read(&[("COVIBE_DOMAIN_DAILY_LIMIT_ALL", "-1")]).is_err());
        assert!(read(&[("COVIBE_DOMAIN_AGREED_PRICE_LIMIT", "much")]).is_err());
    }
}
