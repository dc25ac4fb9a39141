//! `apps.envs.upsert`.

use covibe_domain::{AppUuid, Failure};
use covibe_operation::{Operation, Route, Spec, parameter_rules};
use covibe_workspace::Workspace;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::errors::missing_variables;
use super::set::set;
use super::variable_input::{EnvInput, IGNORED, MAX_VALUE, NAME};

/// The parameters of one variable.
const ONE: &[&str] = &["key", "value"];

/// The flags of one variable.
const FLAGS: &[&str] =
    &["isPreview", "isMultiline", "isLiteral", "isShownOnce", "isBuildTime", "isPublic"];

/// Set an app's environment variable (key, value), or several (envs). Omitted flags are kept. Takes effect at the next
/// apps.deploy.
#[derive(Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(
    extend("x-not" = parameter_rules::list_or_members("envs", ONE, FLAGS)),
    example = json!({ "key": "LOG_LEVEL", "value": "info" })
)]
pub(crate) struct UpsertEnvs {
    uuid: AppUuid,
    /// The name, such as `LOG_LEVEL`: capitals, digits and _.
    #[serde(default)]
    #[schemars(length(min = 1, max = 255))]
    #[schemars(
        extend("x-pattern" = NAME),
        example = &"LOG_LEVEL"
    )]
    key: Option<String>,
    /// The value, which arrives unchanged.
    #[serde(default)]
    #[schemars(length(max = MAX_VALUE))]
    #[schemars(example = &"info")]
    value: Option<String>,
    /// Leave it out: there are no preview deployments.
    #[serde(default)]
    #[schemars(extend("x-explicit" = true))]
    is_preview: Option<bool>,
    /// Leave it out: it follows from the value.
    #[serde(default)]
    is_multiline: Option<bool>,
    /// false expands $VAR in the value.
    #[serde(default)]
    is_literal: Option<bool>,
    /// For secrets: no answer shows the value again. A build needs isBuildTime, too.
    #[serde(default)]
    #[schemars(
        extend("x-explicit" = true)
    )]
    is_shown_once: Option<bool>,
    /// The build gets it, too. Default: true, unless isShownOnce.
    #[serde(default)]
    is_build_time: Option<bool>,
    /// Let read-only keys see the value, too.
    #[serde(default)]
    is_public: Option<bool>,
    /// Several variables, instead of key and value. Leave isLiteral and isMultiline out: values arrive as is.
    #[serde(default)]
    #[schemars(length(min = 1, max = 100))]
    envs: Option<Vec<EnvInput>>,
}

/// The effect of the call.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "UpsertedEnvs")]
pub(crate) struct Upserted {
    /// The names of the variables.
    #[schemars(example = vec!["LOG_LEVEL"])]
    written: Vec<String>,
    /// True if the change takes effect only after apps.deploy.
    needs_deploy: bool,
    /// The variables that arrive changed, do not reach the build or stay hidden, and the reasons.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"`PRICE` arrives changed: it contains `$`.")]
    warning: Option<String>,
}

impl Operation<Workspace> for UpsertEnvs {
    const SPEC: Spec = Spec::write("apps.envs.upsert", Route::patch("/apps/{uuid}/envs"))
        .idempotent()
        .ignores(IGNORED);

    type Output = Upserted;

    async fn run(self, cx: &Workspace) -> Result<Upserted, Failure> {
        let (uuid, envs) = self.into_envs()?;
        let written = set(cx, &uuid, &envs).await?;
        Ok(Upserted {
            written: written.names,
            needs_deploy: written.changed || written.replaced_hidden,
            warning: written.warning,
        })
    }
}

impl UpsertEnvs {
    /// Returns the variables: one (key, value), or several (envs), never both.
    fn into_envs(self) -> Result<(AppUuid, Vec<EnvInput>), Failure> {
        let Self { uuid, key, value, is_preview, is_multiline, is_literal, .. } = self;
        let Self { is_shown_once, is_build_time, is_public, envs, .. } = self;
        let flags = [is_preview, is_multiline, is_literal, is_shown_once, is_build_time, is_public];
        let envs = match (key, value, envs) {
            (None, None, Some(envs)) if flags.iter().all(Option::is_none) => envs,
            (Some(key), Some(value), None) => {
                vec![EnvInput {
                    key,
                    value,
                    is_preview,
                    is_multiline,
                    is_literal,
                    is_shown_once,
                    is_build_time,
                    is_public,
                }]
            }
            _ => return Err(missing_variables()),
        };
        Ok((uuid, envs))
    }
}
