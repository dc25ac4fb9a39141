//! `POST …/keys`.

use covibe_domain::entities::{AgentType, ApiKey, KeyScope};
use covibe_domain::{Failure, Revealed, Timestamp};
use covibe_operation::{Operation, Route, Spec};
use covibe_workspace::{Expiry, KeyRequest, Workspace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Mint an API key for this workspace. The token is shown once. The key expires after 90 days unless
/// `expiresAt` or `neverExpires` is given, and not later than the key that mints it, unless that one
/// has scope `tenant`.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct MintKey {
    /// A label, like the device it is for.
    #[serde(default)]
    #[schemars(length(min = 1, max = 100))]
    name: Option<String>,
    #[serde(default)]
    agent_type: Option<AgentType>,
    /// `tenant` also creates and lists workspaces; only a key of that scope can mint one.
    #[serde(default)]
    scope: Option<KeyScope>,
    /// When it expires; default: in 90 days.
    #[serde(default)]
    expires_at: Option<Timestamp>,
    /// Mint a key that does not expire; not with `expiresAt`.
    #[serde(default)]
    never_expires: Option<bool>,
}

/// The key's record and its token, which is shown once.
#[derive(Serialize, JsonSchema)]
pub(crate) struct Minted {
    #[serde(flatten)]
    key: ApiKey,
    token: Revealed,
}

impl Operation<Workspace> for MintKey {
    const SPEC: Spec = Spec::write("keys.mint", Route::post("/keys")).rest_only().early().creates();

    type Output = Minted;

    async fn run(self, cx: &Workspace) -> Result<Minted, Failure> {
        let Self { name, agent_type, scope, expires_at, never_expires } = self;
        let scope = scope.unwrap_or_default();
        let expiry = match (expires_at, never_expires.unwrap_or_default()) {
            (Some(_), true) => return Err(ambiguous_expiry()),
            (Some(at), false) => Expiry::At(at),
            (None, true) => Expiry::Never,
            (None, false) => Expiry::Default,
        };
        let request = KeyRequest { name, agent_type, scope, expiry };
        let minted = cx.keys().mint(request).await?;
        Ok(Minted { key: minted.key, token: Revealed::new(minted.token) })
    }
}

fn ambiguous_expiry() -> Failure {
    Failure::invalid("expiresAt and neverExpires cannot be combined.").hint("Pass one of them.")
}
