//! `domains.get`.

use covibe_domain::Failure;
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::domain_description::{Domain, Event};
use super::domain_names::{LONGEST, domain};

/// Get a domain with its last 20 events.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct GetDomain {
    /// The domain, such as `example.com`.
    #[schemars(length(min = 1, max = LONGEST))]
    #[schemars(example = &"example.com")]
    domain: String,
}

/// The domain and its last events.
#[derive(Serialize, JsonSchema)]
pub(crate) struct DomainWithEvents {
    #[serde(flatten)]
    domain: Domain,
    /// The last 20 events, the latest first.
    events: Vec<Event>,
}

impl Operation<Workspace> for GetDomain {
    const SPEC: Spec = Spec::read("domains.get", Route::get("/domains/{domain}"));

    type Output = DomainWithEvents;

    async fn run(self, cx: &Workspace) -> Result<DomainWithEvents, Failure> {
        let (record, events) = cx.domains().get(&domain(&self.domain)?).await?;
        let events = events.into_iter().map(Event::from).collect();
        Ok(DomainWithEvents { domain: record.into(), events })
    }
}
