//! `apps.domains.list`.

use covibe_domain::{AppUuid, Failure};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::present_domains::{AppDomain, attached_urls, view};

/// List an app's domains, with their services.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct ListDomains {
    uuid: AppUuid,
}

/// The domains.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AppDomains")]
pub(crate) struct Domains {
    uuid: AppUuid,
    /// The domains of the app.
    domains: Vec<AppDomain>,
}

impl Operation<Workspace> for ListDomains {
    const SPEC: Spec = Spec::read("apps.domains.list", Route::get("/apps/{uuid}/domains"));

    type Output = Domains;

    async fn run(self, cx: &Workspace) -> Result<Domains, Failure> {
        let app = cx.coolify().await?.app(&self.uuid).await?;
        Ok(Domains { uuid: self.uuid, domains: view(&attached_urls(&app)) })
    }
}
