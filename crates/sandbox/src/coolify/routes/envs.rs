//! The routes `…/envs` that applications and services share.

use crate::coolify::errors;
use crate::coolify::model::Variable;
use crate::core::wire::ReplyResult;

/// `DELETE …/envs/{env}`.
pub(super) fn delete(variables: &mut Vec<Variable>, uuid: &str) -> ReplyResult {
    let at = variables.iter().position(|one| one.uuid == uuid);
    variables.remove(at.ok_or_else(|| errors::not_found("Environment variable"))?);
    Ok(errors::message(200, "Environment variable deleted."))
}
