//! Calls by the compact envelope.

use crate::{Agent, AgentAnswer, World};
use covibe_domain::boxed;
use serde_json::Value;

use super::{schema_validation, tool};

/// A call of mark's that must succeed; its answer must be as the operation's schema says.
#[boxed]
pub async fn expect_success(world: &World, name: &str, params: Value) -> Value {
    let answer = world.mark.agent.compact(name, &params).await;
    let answer = answer.unwrap_or_else(|why| panic!("{name} {params}: {why}"));
    schema_validation::assert_valid(&tool(world, name).output, &answer, name);
    answer
}

/// A call that must fail with a status.
#[boxed]
pub async fn expect_failure(agent: &Agent, name: &str, params: &Value, status: u16) -> AgentAnswer {
    let answer = agent.compact_raw(name, params).await;
    assert_eq!(answer.status, status, "{name} {params}: {}", answer.text);
    answer
}
