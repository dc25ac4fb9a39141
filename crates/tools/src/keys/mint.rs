//! `POST …/keys`.

use covibe_domain::entities::{AgentType, ApiKey, KeyAccess, KeyScope};
use covibe_domain::{Failure, Revealed, Timestamp};
use covibe_operation::{Operation, Route, Spec, parameter_rules};
use covibe_workspace::{Expiry, KeyRequest, NewApiKey, Workspace};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::resource_names::{VISIBLE, check_label};

/// Mint an API key for this workspace. The token is shown once. The key expires after 90 days unless `expiresAt` or
/// `neverExpires` is given. It can't outlive the key that mints it, unless that key has scope `tenant`, and it ends
/// when that key is revoked.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(
    extend("x-not" = parameter_rules::rule_in_words(
        json!({
            "required": ["expiresAt", "neverExpires"],
            "properties": { "expiresAt": { "type": "string" }, "neverExpires": { "const": true } },
        }),
        "A key with `neverExpires: true` has no `expiresAt`.",
    )),
    example = json!({ "name": "laptop", "agentType": "codex" })
)]
pub(crate) struct MintKey {
    /// A label, such as the device that it is for.
    #[serde(default)]
    #[schemars(length(min = 1, max = 100), extend("x-pattern" = VISIBLE))]
    #[schemars(example = &"laptop")]
    name: Option<String>,
    /// The agent that the key is for.
    #[serde(default)]
    agent_type: Option<AgentType>,
    /// `tenant` also creates and lists workspaces; only a key of that scope can mint one. `ingest` sends the activity of a
    /// machine and calls nothing else; it requires the agent type `companion`.
    #[serde(default)]
    scope: Option<KeyScope>,
    /// `read` changes nothing and gets neither credentials nor the values of non-public variables; default: `full`.
    #[serde(default)]
    #[schemars(extend("x-explicit" = true))]
    access: Option<KeyAccess>,
    /// When it expires; default: in 90 days.
    #[serde(default)]
    expires_at: Option<Timestamp>,
    /// Mint a key that does not expire; not with `expiresAt`.
    #[serde(default)]
    never_expires: Option<bool>,
}

/// The key's record and its token, which is shown once.
#[derive(Serialize, JsonSchema)]
pub(crate) struct MintedKey {
    #[serde(flatten)]
    key: ApiKey,
    /// The token; shown to the caller only.
    #[schemars(example = &"vibn_sk_example")]
    token: Revealed,
}

impl MintedKey {
    /// Creates the answer for a key that was minted.
    pub(crate) fn new(minted: NewApiKey) -> Self {
        Self { key: minted.key, token: Revealed::new(minted.token) }
    }
}

impl Operation<Workspace> for MintKey {
    const SPEC: Spec = Spec::write("keys.mint", Route::post("/keys")).rest_only().early().creates();

    type Output = MintedKey;

    async fn run(self, cx: &Workspace) -> Result<MintedKey, Failure> {
        let Self { name, agent_type, scope, access, expires_at, never_expires } = self;
        name.as_deref().map_or(Ok(()), check_label)?;
        let is_companion = agent_type == Some(AgentType::Companion);
        let usual = if is_companion { KeyScope::Ingest } else { KeyScope::Workspace };
        let (scope, access) = (scope.unwrap_or(usual), access.unwrap_or_default());
        if is_companion != (scope == KeyScope::Ingest) {
            return Err(Failure::rejected(
                "The scope `ingest` and the agent type `companion` require each other.",
            )
            .hint("Pass both of them, or neither."));
        }
        let expiry = match (expires_at, never_expires.unwrap_or_default()) {
            (Some(_), true) => return Err(ambiguous_expiry()),
            (Some(at), false) => Expiry::At(at),
            (None, true) => Expiry::Never,
            (None, false) => Expiry::Default,
        };
        let request = KeyRequest { name, agent_type, scope, access, expiry };
        let minted = cx.keys().mint(request).await?;
        Ok(MintedKey::new(minted))
    }
}

fn ambiguous_expiry() -> Failure {
    Failure::invalid("`expiresAt` and `neverExpires` cannot be combined.").hint("Pass one of them.")
}
