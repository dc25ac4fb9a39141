//! `domains.register`.

use covibe_domain::{Failure, Money};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::{WantedDomain, Workspace};
use schemars::JsonSchema;
use serde::Deserialize;

use super::domain_description::Domain;
use super::domain_names::{LONGEST, domain};
use super::owner_contact::{NewCa, NewContact};

/// Buy a domain. It costs money and can't be undone. Repeating the call never buys twice.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RegisterDomain {
    /// The domain, such as `example.com`.
    #[schemars(length(min = 1, max = LONGEST), example = &"example.com")]
    domain: String,
    /// The term in years, raised to the TLD's minimum. Default: 1.
    #[serde(default)]
    #[schemars(range(min = 1, max = 10), example = 1)]
    period: Option<u8>,
    /// Hide the owner in WHOIS. Default: false.
    #[serde(default)]
    whois_privacy: Option<bool>,
    /// The owner, with address, phone and email: a person the user chooses.
    contact: NewContact,
    /// The hosts of its nameservers. Default: the registrar's; domains.attach sets them.
    #[serde(default)]
    #[schemars(length(min = 2, max = 13), inner(length(min = 1, max = LONGEST)))]
    #[schemars(example = ["ns1.example.net", "ns2.example.net"])]
    nameservers: Option<Vec<String>>,
    /// The data that .ca requires; only for .ca.
    #[serde(default)]
    ca: Option<NewCa>,
    /// The maximum price of the whole term, in cents, if it is above the operator's usual limit.
    #[serde(default)]
    max_price: Option<Money>,
}

impl Operation<Workspace> for RegisterDomain {
    const SPEC: Spec = Spec::write("domains.register", Route::post("/domains")).creates();

    type Output = Domain;

    async fn run(self, cx: &Workspace) -> Result<Domain, Failure> {
        let wanted = WantedDomain {
            name: domain(&self.domain)?,
            years: self.period.unwrap_or(1),
            contact: self.contact.into(),
            nameservers: self.nameservers.unwrap_or_default(),
            privacy: self.whois_privacy.unwrap_or_default(),
            ca: self.ca.map(Into::into),
            max_price: self.max_price,
        };
        Ok(cx.domains().register(wanted).await?.into())
    }
}
