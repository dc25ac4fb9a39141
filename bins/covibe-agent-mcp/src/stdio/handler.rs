//! The handler that connects rmcp to the tools.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use covibe_agent_servers::untrusted_text::MAX_ANSWER;
use covibe_domain::{Failure, Kind};
use covibe_operation::{JsonAnswer, Tool, VERSION, nearest};
use futures_util::FutureExt as _;
use rmcp::model::{
    CacheScope, CallToolRequestParams, CallToolResponse, CallToolResult, CustomRequest,
    CustomResult, ErrorData, Implementation, ListToolsResult, PaginatedRequestParams,
    ServerCapabilities, ServerConfig,
};
use rmcp::service::RequestContext;
use rmcp::{RoleServer, ServerHandler};
use serde_json::{Value, json};
use tokio::sync::Semaphore;

use super::served_tools::Served;
use super::shutdown::Ending;
use super::tool_list;

/// The number of calls that run at once.
const MAX_CALLS: usize = 8;

/// The hint for a name that is unlike every tool.
const LISTING: &str = "tools/list lists the tools.";

/// The time for which a client may cache the list, in milliseconds.
const LIST_TTL: u64 = 300_000;

/// The handler of the messages of one client.
pub(super) struct Handler<Cx> {
    served: Served<Cx>,
    tools: OnceLock<Vec<rmcp::model::Tool>>,
    calls: Semaphore,
    ending: Ending,
}

impl<Cx: Send + Sync + 'static> Handler<Cx> {
    pub(super) fn new(served: Served<Cx>, ending: Ending) -> Self {
        Self { served, tools: OnceLock::new(), calls: Semaphore::new(MAX_CALLS), ending }
    }

    fn tools(&self) -> &[rmcp::model::Tool] {
        let has = |name: &str| self.served.has(name);
        self.tools.get_or_init(|| tool_list::tools(&self.served.registry, has))
    }

    /// Returns the tool with this name.
    fn tool(&self, name: &str) -> Result<&Arc<Tool<Cx>>, ErrorData> {
        let tool = self.served.registry.find(name);
        tool.filter(|tool| self.served.has(tool.spec.name)).ok_or_else(|| self.unknown(name))
    }

    /// Returns the error for a name that no tool has that this client gets. It names the one that is probably meant.
    fn unknown(&self, name: &str) -> ErrorData {
        let registry = &self.served.registry;
        let names = || registry.tools().map(|it| it.spec.name).filter(|it| self.served.has(it));
        let question = |name: &str| format!("Did you mean `{name}`?");
        let failure = registry.unknown_tool(name);
        let similar = names().find(|it| failure.hint == Some(question(it)));
        let meant = similar.or_else(|| nearest(name, names()));
        let hint = meant.map_or_else(|| LISTING.to_owned(), question);
        ErrorData::invalid_params(failure.message, Some(json!({ "hint": hint })))
    }

    /// Runs a tool on these parameters, unless too many run.
    async fn run(&self, tool: &Tool<Cx>, mut params: Value) -> Result<JsonAnswer, Failure> {
        let _permit = self.calls.try_acquire().map_err(|_| too_many_calls())?;
        tool.check(&mut params)?;
        let answer = tool.run(params, &self.served.context).await?;
        if answer.text().len() > MAX_ANSWER {
            return Err(too_large(tool.spec.access.changes(), answer.text().len()));
        }
        Ok(answer)
    }
}

fn too_many_calls() -> Failure {
    let message = format!("{MAX_CALLS} calls are running, which is the limit.");
    let failure = Failure::new(Kind::Limited, message);
    failure
        .hint("Wait until one of them is answered, then repeat this call.")
        .retry_after(Duration::from_secs(1))
}

/// An answer is never cut, because half of a JSON text is not JSON.
fn too_large(changes: bool, length: usize) -> Failure {
    let message = format!("The answer has {length} bytes. It may have at most {MAX_ANSWER}.");
    let failure = Failure::new(Kind::TooLarge, message);
    if changes {
        failure.hint("The call has run. Check what exists before you repeat the call.").in_doubt()
    } else {
        failure.hint("Ask for less.")
    }
}

/// The failure of a call that runs while the program ends.
fn ended_call(changes: bool) -> Failure {
    let failure = Failure::unready("The server is shutting down.").permanent();
    if changes { failure.in_doubt() } else { failure }
}

fn panicked_call(tool: &str, _: Box<dyn Any + Send>) -> ErrorData {
    tracing::error!(tool, "a tool has panicked");
    let hint = json!({ "hint": "Look at what exists before you repeat the call." });
    ErrorData::internal_error(format!("{tool} failed because of a bug."), Some(hint))
}

/// Returns the result of a call. A failure has structured content too, which the schemas that are listed allow.
fn result(outcome: Result<JsonAnswer, Failure>) -> CallToolResult {
    match outcome {
        Ok(answer) => CallToolResult::structured(answer.value()),
        Err(failure) => CallToolResult::structured_error(failure.coded_body()),
    }
}

impl<Cx: Send + Sync + 'static> ServerHandler for Handler<Cx> {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build())
            .with_server_info(Implementation::new(&self.served.title, VERSION))
            .with_instructions(self.served.instructions)
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        if request.is_some_and(|request| request.cursor.is_some()) {
            let message = "The list has one page. Omit the cursor.";
            return Err(ErrorData::invalid_params(message, None));
        }
        let list = ListToolsResult::with_all_items(self.tools().to_vec());
        Ok(list.with_ttl_ms(LIST_TTL).with_cache_scope(CacheScope::Private))
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let tool = self.tool(&request.name)?;
        let params = Value::Object(request.arguments.unwrap_or_default());
        let run = AssertUnwindSafe(self.run(tool, params)).catch_unwind();
        // An unfinished call is dropped, and ends by that.
        let outcome = tokio::select! {
            outcome = run => outcome.map_err(|panic| panicked_call(tool.spec.name, panic))?,
            // Nobody gets this answer.
            () = context.ct.cancelled() => Err(ended_call(tool.spec.access.changes())),
            () = self.ending.wait_for_begin() => Err(ended_call(tool.spec.access.changes())),
        };
        Ok(result(outcome).into())
    }

    fn get_tool(&self, name: &str) -> Option<rmcp::model::Tool> {
        self.tools().iter().find(|tool| tool.name == name).cloned()
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        _: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        if request.method != "tools/call" {
            let message = format!("There is no method {}.", request.method);
            return Err(ErrorData::new(rmcp::model::ErrorCode::METHOD_NOT_FOUND, message, None));
        }
        // rmcp passes a request on as a custom one if its params are malformed.
        let hint = json!({ "hint": "Pass name as a string and arguments as an object." });
        Err(ErrorData::invalid_params("The params of tools/call are malformed.", Some(hint)))
    }
}

#[cfg(test)]
mod tests {
    use covibe_operation::{Operation, Registry, Route, Spec};
    use schemars::JsonSchema;
    use serde::{Deserialize, Serialize};

    use super::*;

    /// Answers with a long text.
    #[derive(Deserialize, JsonSchema)]
    struct Read {
        /// The length.
        length: usize,
    }

    /// Answers with a long text, and changes something.
    #[derive(Deserialize, JsonSchema)]
    struct Write {
        /// The length.
        length: usize,
    }

    #[derive(Serialize, JsonSchema)]
    struct Answered {
        text: String,
    }

    impl Operation<()> for Read {
        const SPEC: Spec = Spec::read("read_text", Route::NONE);
        type Output = Answered;

        async fn run(self, (): &()) -> Result<Answered, Failure> {
            Ok(Answered { text: "x".repeat(self.length) })
        }
    }

    impl Operation<()> for Write {
        const SPEC: Spec = Spec::write("write_text", Route::NONE);
        type Output = Answered;

        async fn run(self, (): &()) -> Result<Answered, Failure> {
            Ok(Answered { text: "x".repeat(self.length) })
        }
    }

    fn served_tools() -> Served<()> {
        let registry =
            Registry::from_iter([Tool::from_operation::<Read>(), Tool::from_operation::<Write>()]);
        Served::new("test".to_owned(), "", registry, ())
    }

    async fn call(name: &str, length: usize) -> Result<JsonAnswer, Failure> {
        let handler = Handler::new(served_tools(), Ending::default());
        let tool = handler.tool(name).unwrap();
        handler.run(tool, json!({ "length": length })).await
    }

    #[tokio::test]
    async fn an_answer_over_the_size_limit_is_refused_instead_of_truncated() {
        let frame = r#"{"text":""}"#.len();
        let longest = call("read_text", MAX_ANSWER - frame).await.unwrap();
        assert_eq!(longest.text().len(), MAX_ANSWER);
        let failure = call("read_text", MAX_ANSWER - frame + 1).await.unwrap_err();
        assert_eq!((failure.kind, failure.in_doubt), (Kind::TooLarge, false));
        let failure = call("write_text", MAX_ANSWER).await.unwrap_err();
        assert_eq!((failure.kind, failure.in_doubt), (Kind::TooLarge, true));
    }

    #[test]
    fn an_unknown_tool_name_gets_a_hint_with_the_nearest_served_tool() {
        let handler = Handler::new(served_tools(), Ending::default());
        let hint = |name: &str| {
            let error = handler.tool(name).unwrap_err();
            assert_eq!(error.code, rmcp::model::ErrorCode::INVALID_PARAMS);
            error.data.unwrap()["hint"].as_str().unwrap().to_owned()
        };
        assert_eq!(hint("readText"), "Did you mean `read_text`?");
        assert_eq!(hint("write_txt"), "Did you mean `write_text`?");
        assert_eq!(hint("zzz"), LISTING);
        let served = served_tools().with_tools(["read_text".to_owned()].into());
        let handler = Handler::new(served, Ending::default());
        assert_eq!(handler.tools().len(), 1);
        let error = handler.tool("write_text").unwrap_err();
        assert!(!format!("{error:?}").contains("mean `write_text`"), "{error:?}");
    }
}
