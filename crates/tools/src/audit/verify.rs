//! `GET …/audit/verify`.

use std::time::Duration;

use covibe_domain::Failure;
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The default number of days.
const DEFAULT: u16 = 30;

/// Verify that no audit entry of the tenant was changed or removed: each contains the digest of the one before.
/// Needs scope `tenant`.
#[derive(Deserialize, JsonSchema)]
pub(crate) struct VerifyAudit {
    /// The number of days whose entries are verified. Default: 30.
    #[serde(default)]
    #[schemars(range(min = 1, max = 3650))]
    days: Option<u16>,
}

/// The result of the verification.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AuditVerification")]
pub(crate) struct Verification {
    /// True if every entry follows from the one before.
    #[schemars(example = true)]
    intact: bool,
    /// The number of valid entries that were verified, up to the first invalid one.
    #[schemars(example = 18_233)]
    entries: i64,
    /// The number of earlier entries that were not verified.
    #[schemars(example = 0)]
    earlier: i64,
    /// The digest of the last entry. The same digest means the same entries.
    #[schemars(example = &"5f1c0a9d5f1c0a9d5f1c0a9d5f1c0a9d5f1c0a9d5f1c0a9d5f1c0a9d5f1c0a9d")]
    head: String,
    /// The defect of the first invalid entry.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"Entry 12: its digest differs.")]
    finding: Option<String>,
}

impl Operation<Workspace> for VerifyAudit {
    const SPEC: Spec = Spec::read("audit.verify", Route::get("/audit/verify")).rest_only().early();

    type Output = Verification;

    async fn run(self, cx: &Workspace) -> Result<Verification, Failure> {
        let days = u32::from(self.days.unwrap_or(DEFAULT));
        let verified = cx.audit().verify(Duration::from_hours(24) * days).await?;
        let finding = verified.problem.map(|(number, what)| format!("Entry {number}: {what}."));
        Ok(Verification {
            intact: finding.is_none(),
            entries: verified.entries,
            earlier: verified.earlier,
            head: verified.head,
            finding,
        })
    }
}
