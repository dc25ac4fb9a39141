//! A stand-in for the model of an agent: it makes one call after the other, and notes what it learns.

use std::net::SocketAddr;
use std::sync::Arc;

use parking_lot::Mutex;
use serde_json::{Value, json};

use crate::stub_http_server::{Request, serve};
use crate::test_environment::Call;

/// The language that an agent speaks with its model.
#[derive(Clone, Copy, Debug)]
pub(super) enum Dialect {
    /// Anthropic's messages.
    Messages,
    /// OpenAI's responses.
    Responses,
}

/// The tools and answers that a model received.
#[derive(Clone, Debug, Default)]
pub(super) struct ModelInput {
    /// The tools of the server, sorted.
    pub(super) tools: Vec<String>,
    /// The results of the calls.
    pub(super) results: Vec<String>,
}

/// A model.
pub(super) struct Model {
    pub(super) address: SocketAddr,
    told: Arc<Mutex<ModelInput>>,
}

impl Model {
    /// Starts a model that makes these calls of a server.
    pub(super) fn start(dialect: Dialect, server: &'static str, calls: Vec<Call>) -> Self {
        let told = Arc::new(Mutex::new(ModelInput::default()));
        let noted = Arc::clone(&told);
        let address = serve(move |request| {
            let body = serde_json::from_str(&request.body).unwrap_or_default();
            if !dialect.is_question(request) {
                return (200, json!({ "data": [], "models": [] }).to_string());
            }
            let now = dialect.read_question(server, &body);
            let next = calls.get(now.results.len()).filter(|_| !now.tools.is_empty());
            let (answer, position) = (dialect.answer(server, next), now.results.len());
            if !now.tools.is_empty() {
                *noted.lock() = now;
            }
            (200, dialect.events(position, &answer))
        });
        Self { address, told }
    }

    /// Returns the things that it received.
    pub(super) fn notes(&self) -> ModelInput {
        self.told.lock().clone()
    }
}

/// Returns the items of a list.
fn items<'a>(value: &'a Value, name: &str) -> impl Iterator<Item = &'a Value> + use<'a> {
    value[name].as_array().into_iter().flatten()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

impl Dialect {
    fn is_question(self, request: &Request) -> bool {
        let path = match self {
            Self::Messages => "/v1/messages?",
            Self::Responses => "/v1/responses ",
        };
        request.line.starts_with("POST ") && request.line.contains(path)
    }

    fn read_question(self, server: &str, question: &Value) -> ModelInput {
        let (mut tools, results): (Vec<_>, _) = match self {
            Self::Messages => {
                let prefix = format!("mcp__vibn-{server}__");
                let names = items(question, "tools").map(|tool| text(&tool["name"]));
                let names = names.filter_map(|name| Some(name.strip_prefix(&prefix)?.to_owned()));
                let parts = items(question, "messages").flat_map(|it| items(it, "content"));
                (names.collect(), parts.filter_map(result_of_messages).collect())
            }
            Self::Responses => {
                let namespace = format!("mcp__vibn_{server}");
                let of = items(question, "tools").find(|tool| tool["name"] == namespace.as_str());
                let names = of.into_iter().flat_map(|of| items(of, "tools"));
                let names = names.map(|tool| text(&tool["name"]));
                (
                    names.collect(),
                    items(question, "input").filter_map(result_of_responses).collect(),
                )
            }
        };
        tools.sort_unstable();
        ModelInput { tools, results }
    }

    /// Returns a call, or the end.
    fn answer(self, server: &str, call: Option<&Call>) -> Value {
        match (self, call) {
            (Self::Messages, Some((tool, arguments, _))) => json!({
                "type": "tool_use", "name": format!("mcp__vibn-{server}__{tool}"), "input": arguments,
            }),
            (Self::Messages, None) => json!({ "type": "text", "text": "Done." }),
            (Self::Responses, Some((tool, arguments, _))) => json!({
                "type": "function_call", "name": tool, "namespace": format!("mcp__vibn_{server}"),
                "arguments": arguments.to_string(),
            }),
            (Self::Responses, None) => json!({
                "type": "message", "role": "assistant", "content": [{ "type": "output_text", "text": "Done." }],
            }),
        }
    }

    /// Returns an answer as events. `position` is the number of answers before it.
    fn events(self, position: usize, answer: &Value) -> String {
        let events = match self {
            Self::Messages => message(position, answer),
            Self::Responses => response(position, answer),
        };
        let event = |mut event: Value| {
            let name = text(&event["type"]);
            format!("event: {name}\ndata: {}\n\n", event.take())
        };
        events.into_iter().map(event).collect()
    }
}

fn result_of_messages(part: &Value) -> Option<String> {
    let content = Some(&part["content"]).filter(|_| part["type"] == "tool_result")?;
    let of_parts = || items(part, "content").map(|part| text(&part["text"])).collect();
    Some(content.as_str().map_or_else(of_parts, str::to_owned))
}

/// Codex puts the time that a call took before its result.
fn result_of_responses(item: &Value) -> Option<String> {
    let output = Some(text(&item["output"])).filter(|_| item["type"] == "function_call_output")?;
    Some(output.split_once("Output:\n").map_or(output.clone(), |(_, result)| result.to_owned()))
}

fn message(position: usize, answer: &Value) -> Vec<Value> {
    let (mut block, is_call) = (answer.clone(), answer["type"] == "tool_use");
    let delta = if is_call {
        let input = block["input"].take().to_string();
        (block["id"], block["input"]) = (json!(format!("toolu_{position}")), json!({}));
        json!({ "type": "input_json_delta", "partial_json": input })
    } else {
        json!({ "type": "text_delta", "text": block["text"].take() })
    };
    let usage = json!({ "input_tokens": 1, "output_tokens": 1 });
    let message = json!({
        "id": format!("msg_{position}"), "type": "message", "role": "assistant", "model": "stand-in", "content": [],
        "stop_reason": null, "stop_sequence": null, "usage": usage,
    });
    let stop = json!({ "stop_reason": if is_call { "tool_use" } else { "end_turn" }, "stop_sequence": null });
    vec![
        json!({ "type": "message_start", "message": message }),
        json!({ "type": "content_block_start", "index": 0, "content_block": block }),
        json!({ "type": "content_block_delta", "index": 0, "delta": delta }),
        json!({ "type": "content_block_stop", "index": 0 }),
        json!({ "type": "message_delta", "delta": stop, "usage": usage }),
        json!({ "type": "message_stop" }),
    ]
}

fn response(position: usize, answer: &Value) -> Vec<Value> {
    let (id, mut item) = (format!("resp_{position}"), answer.clone());
    (item["id"], item["call_id"]) =
        (json!(format!("item_{position}")), json!(format!("call_{position}")));
    let usage = json!({ "input_tokens": 1, "output_tokens": 1, "total_tokens": 2 });
    vec![
        json!({ "type": "response.created", "response": { "id": id } }),
        json!({ "type": "response.output_item.done", "output_index": 0, "item": item }),
        json!({ "type": "response.completed", "response": { "id": id, "usage": usage } }),
    ]
}
