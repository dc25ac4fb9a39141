//! One call that goes wrong, made by every surface.

use covibe_sandbox::faults::Fault;
use covibe_testkit_http::Upstream;
use serde_json::{Value, json};

use super::TABLE;
use super::filled_workspaces::Scene;
use crate::support::surface_calls::CallResult;
use crate::support::tool_name_spelling::of_every_surface;
use crate::support::{CallStyle, tool};

/// A call and its expected failure.
pub(super) struct Case {
    pub(super) status: u16,
    tool: &'static str,
    params: Value,
    /// The fault that an upstream answers the first request of this kind with.
    fault: Option<(Upstream, Fault)>,
    /// The parameters that take the success without the fault back.
    undo: Option<Value>,
    error: String,
    hint: Vec<String>,
    details: Value,
}

impl Case {
    /// A call that fails with this status, this error, and a hint with these words.
    pub(super) fn new(
        status: u16,
        (tool, params): (&'static str, Value),
        error: impl Into<String>,
        hint: &[&str],
    ) -> Self {
        let hint = hint.iter().map(|&words| words.to_owned()).collect();
        let (error, fault, details) = (error.into(), None, Value::Null);
        Self { status, tool, params, fault, error, hint, details, undo: None }
    }

    /// The same with these details.
    pub(super) fn details(self, details: Value) -> Self {
        Self { details, ..self }
    }

    /// The same where an upstream is at fault; without that the call succeeds.
    pub(super) fn fault(self, upstream: Upstream, fault: Fault) -> Self {
        Self { fault: Some((upstream, fault)), ..self }
    }

    /// Takes the success without the fault back by a call with these parameters, so that the next one changes something.
    pub(super) fn undo(self, params: Value) -> Self {
        Self { undo: Some(params), ..self }
    }

    /// Makes the call by every surface; all return the same object.
    pub(super) async fn run(&self, scene: &Scene) {
        let mut bodies = Vec::new();
        for via in CallStyle::ALL {
            let what = format!("{} {} by {via:?}", self.tool, self.params);
            if let Some((upstream, fault)) = &self.fault {
                upstream.simulator(&scene.world).arm(fault.clone());
            }
            let told = self.call(scene, via).await;
            let body = of_every_surface(via, failure(via, &told, self.status, &what));
            self.check(&body, &what);
            scene.assert_nothing_foreign(&told.answer.text, &self.params, &what);
            bodies.push(body);
            if self.fault.is_some() {
                self.call(scene, via).await.result(&what);
            }
            if let Some(params) = &self.undo {
                let tool = tool(&scene.world, self.tool);
                via.call(&scene.own.agent, &tool, params).await.result(&what);
            }
        }
        bodies.dedup();
        assert_eq!(bodies.len(), 1, "{bodies:#?}");
    }

    async fn call(&self, scene: &Scene, via: CallStyle) -> CallResult {
        via.call(&scene.own.agent, &tool(&scene.world, self.tool), &self.params).await
    }

    fn check(&self, body: &Value, what: &str) {
        assert_eq!(body["error"], json!(self.error), "{what}: {body}");
        let hint = body["hint"].as_str().unwrap_or_default();
        for words in &self.hint {
            assert!(hint.contains(words), "{what} does not say `{words}`: {body}");
        }
        assert_eq!(body["details"], self.details, "{what}: {body}");
    }
}

/// Returns the failure's body, which must have this surface's form for that status.
pub(super) fn failure(via: CallStyle, told: &CallResult, status: u16, what: &str) -> Value {
    let answer = told.answer.json();
    if !matches!(via, CallStyle::JsonRpc | CallStyle::Modern) {
        assert_eq!(told.answer.status, status, "{what}: {answer}");
        return answer;
    }
    assert_eq!((told.answer.status, &answer["result"]["isError"]), (200, &json!(true)), "{what}");
    let mut body = told.answer.mcp_failure().expect("a failure");
    let mut beside = |name| body.as_object_mut().and_then(|members| members.remove(name));
    let (code, retryable) = (beside("code"), beside("retryable"));
    let mut lines = TABLE.into_iter();
    let (_, line_code, line_retryable) = lines.find(|line| line.0 == status).expect("a line");
    assert_eq!(
        (code, retryable),
        (Some(json!(line_code)), Some(json!(line_retryable))),
        "{what}: {answer}"
    );
    body
}
