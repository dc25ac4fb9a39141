//! `domains.list`.

use covibe_domain::Failure;
use covibe_operation::paging::{page, unknown_next};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::domain_description::Domain;
use super::domain_names::{LONGEST, domain};

/// The number of domains that are read for a page, which has fewer if they are long.
const READ: u32 = 200;

/// List the workspace's domains.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct ListDomains {
    /// `next` from the previous answer. Default: the first page.
    #[serde(default)]
    #[schemars(length(min = 1, max = LONGEST))]
    #[schemars(example = &"example.com")]
    next: Option<String>,
}

/// The domains, sorted by name.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Domains {
    /// The domains, sorted by name.
    domains: Vec<Domain>,
    /// Pass as `next` to get the rest.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"example.com")]
    next: Option<String>,
}

impl Operation<Workspace> for ListDomains {
    const SPEC: Spec = Spec::read("domains.list", Route::get("/domains"));

    type Output = Domains;

    async fn run(self, cx: &Workspace) -> Result<Domains, Failure> {
        let after = self.next.as_deref().map(domain).transpose().map_err(|_| unknown_next())?;
        let after = after.as_ref().map_or("", |name| name.as_str());
        let mut found = cx.domains().list(after, READ + 1).await?;
        // One more than is shown, to know whether there are more.
        let is_cut = found.len() > READ as usize;
        found.truncate(READ as usize);
        let found = found.into_iter().map(Domain::from).collect();
        let (domains, next) = page(found, None, |each: &Domain| each.name.to_string())?;
        let last = domains.last().filter(|_| is_cut).map(|last| last.name.to_string());
        Ok(Domains { domains, next: next.or(last) })
    }
}
