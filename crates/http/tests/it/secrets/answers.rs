//! The answers to agents, without the secret that each was requested for.

use covibe_testkit_http::{Agent, AgentAnswer, World};
use serde_json::Value;

use crate::support::{CallStyle, tool};

/// Answers.
#[derive(Default)]
pub(super) struct RecordedAnswers(pub(super) Vec<(String, String)>);

impl RecordedAnswers {
    /// A call, whose answer may have secrets at these places and nowhere else.
    pub(super) async fn call(
        &mut self,
        (world, via, agent): (&World, CallStyle, &Agent),
        name: &str,
        params: Value,
        meant: &[&str],
    ) -> Value {
        let told = via.call(agent, &tool(world, name), &params).await;
        let result = told.outcome.clone().unwrap_or_else(|failure| failure);
        let meant = meant.iter().filter_map(|at| result.pointer(at)?.as_str());
        let meant: Vec<_> = meant.map(str::to_owned).collect();
        self.record_without(&format!("{name} by {via:?}"), &told.answer, via, &meant);
        result
    }

    /// Any other answer.
    pub(super) fn record(&mut self, what: &str, answer: &AgentAnswer) {
        self.record_without(what, answer, CallStyle::Rest, &[]);
    }

    fn record_without(
        &mut self,
        what: &str,
        answer: &AgentAnswer,
        via: CallStyle,
        meant: &[String],
    ) {
        let mut text = answer.text.clone();
        // MCP says everything twice: for those who read text, and for those who read structure.
        let most = if matches!(via, CallStyle::JsonRpc | CallStyle::Modern) { 2 } else { 1 };
        for secret in meant {
            let times = text.matches(secret.as_str()).count();
            assert!((1..=most).contains(&times), "{what} has it {times} times");
            text = text.replace(secret.as_str(), "‹meant›");
        }
        let what = format!("the answer {} to {what}", answer.status);
        self.0.push((what, format!("{text}\n{:?}", answer.headers)));
    }
}
