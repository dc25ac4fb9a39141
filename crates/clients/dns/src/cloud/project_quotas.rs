//! The quotas of a project, which its owner may have raised.

use covibe_domain::boxed;
use covibe_upstream::Error;
use serde::Deserialize;

use super::client::CloudDns;

/// The quotas of a project that limit this server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Quota {
    /// The zones of the project; 10,000 by default.
    pub managed_zones: u64,
    /// The record sets of a zone; 10,000 by default.
    pub rrsets_per_managed_zone: u64,
    /// The sets that one change adds; 1,000 by default.
    pub rrset_additions_per_change: u64,
    /// The sets that one change removes; 1,000 by default.
    pub rrset_deletions_per_change: u64,
    /// The records of a set; 100 by default.
    pub resource_records_per_rrset: u64,
}

#[derive(Deserialize)]
struct Project {
    quota: Quota,
}

impl CloudDns {
    /// Returns the project's quotas; fails if the project, its API or the account's role is not fit
    /// for use.
    #[boxed]
    pub async fn quota(&self) -> Result<Quota, Error> {
        let answer = self.send(|at| at.get("/projects/{project}").segment(self.project())).await?;
        Ok(answer.json::<Project>()?.quota)
    }
}
