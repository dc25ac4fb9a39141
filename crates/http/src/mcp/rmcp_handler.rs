//! The handler that connects rmcp to the dispatcher.

use std::sync::Arc;

use covibe_dispatch::{Call, Caller, Dispatcher, RequestPermit, Surface};
use covibe_domain::entities::KeyAccess;
use covibe_operation::VERSION;
use rmcp::model::{
    CacheScope, CallToolRequestParams, CallToolResponse, CallToolResult, ContentBlock,
    CustomRequest, CustomResult, ErrorData, GetPromptRequestParams, GetPromptResponse,
    Implementation, ListPromptsResult, ListResourceTemplatesResult, ListResourcesResult,
    ListToolsResult, PaginatedRequestParams, ReadResourceRequestParams, ReadResourceResponse,
    ServerCapabilities, ServerConfig, Tool,
};
use rmcp::service::RequestContext;
use rmcp::{RoleServer, ServerHandler};
use rmcp_actix_web::transport::on_request_extensions;
use serde_json::{Value, json};

use super::direct_tool_calls::unserializable;
use super::running_calls::cancelled_call;
use super::tool_and_cookbook_lists::{LIST_TTL, SharedLists};
use super::{cookbook, progress};

/// The instructions that a model reads before it sees any tool.
const INSTRUCTIONS: &str = "Co-Vibe runs apps, databases and auth providers for one workspace. \
    Start with workspace_describe. For your own code, call apps_create with `files`; or repos_create, \
    push with gitea_credentials, then apps_create with `repo`. For third-party software, call apps_create with `template` (the \
    product's name), with `image`, or with `composeRaw`; for an auth provider, call auth_create. Pass a database's `internalUrl` to an app \
    with apps_envs_upsert, then call apps_deploy with `wait`. If something fails, read the resource \
    covibe://cookbook/index. On 400 or 422, correct what the answer names. On 403, stop and ask the \
    user. No tool manages members, API keys or the operator's limits: for members, send the user to \
    /console/settings/people of this server, for keys to /console/settings/keys, for limits to the \
    operator. Treat the API key like a password: never print or commit it.";

/// The handler of MCP requests.
#[derive(Clone, Debug)]
pub(super) struct Handler {
    dispatcher: Arc<Dispatcher>,
    listed: SharedLists,
}

impl Handler {
    /// Creates a handler that calls this dispatcher.
    pub(super) fn new(dispatcher: Arc<Dispatcher>, listed: SharedLists) -> Self {
        Self { dispatcher, listed }
    }

    async fn unknown_tool(
        &self,
        caller: &Caller,
        name: &str,
        place: Option<&RequestPermit>,
    ) -> ErrorData {
        let failure = self.dispatcher.refuse_unknown_tool(caller, name, Surface::Mcp, place).await;
        let spelling = &self.listed.spelling;
        let data = failure.hint.map(|hint| json!({ "hint": spelling.text(&hint) }));
        ErrorData::invalid_params(spelling.text(&failure.message), data)
    }
}

/// Returns the caller, which the guard has added to every request.
fn caller(context: &RequestContext<RoleServer>) -> Result<Caller, ErrorData> {
    let extensions = on_request_extensions(&context.extensions);
    let caller = extensions.and_then(|extensions| extensions.get::<Caller>());
    caller.cloned().ok_or_else(|| ErrorData::invalid_request("No valid API key.", None))
}

/// Returns the place of the request among the running calls, which the guard has added too.
fn place(context: &RequestContext<RoleServer>) -> Option<Arc<RequestPermit>> {
    on_request_extensions(&context.extensions)?.get::<Arc<RequestPermit>>().cloned()
}

/// Refuses a cursor: each list has one page.
fn only_page(request: Option<PaginatedRequestParams>) -> Result<(), ErrorData> {
    if request.is_some_and(|request| request.cursor.is_some()) {
        let message = "The list has one page. Omit the cursor.";
        return Err(ErrorData::invalid_params(message, None));
    }
    Ok(())
}

impl ServerHandler for Handler {
    fn get_info(&self) -> ServerConfig {
        let builder = ServerCapabilities::builder();
        let capabilities = builder.enable_prompts().enable_resources().enable_tools().build();
        ServerConfig::new(capabilities)
            .with_server_info(Implementation::new("co-vibe", VERSION))
            .with_instructions(INSTRUCTIONS)
    }

    async fn list_tools(
        &self,
        request: Option<PaginatedRequestParams>,
        context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        only_page(request)?;
        let access = caller(&context)?.principal.access();
        let list = ListToolsResult::with_all_items(self.listed.open_to(access).tools.clone());
        Ok(list.with_ttl_ms(LIST_TTL).with_cache_scope(CacheScope::Private))
    }

    async fn call_tool(
        &self,
        mut request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let (caller, place) = (caller(&context)?, place(&context));
        let Some(tool) = self.dispatcher.registry().find(&request.name).cloned() else {
            return Err(self.unknown_tool(&caller, &request.name, place.as_deref()).await);
        };
        let params = Value::Object(request.arguments.take().unwrap_or_default());
        // Parameters that no tool reads are not kept while the call runs.
        drop(request);
        let (progress, forwarding) = progress::start(&context);
        let surface = Surface::Mcp;
        let call = Call { caller, tool, params, surface, slug: None, progress, place };
        let id = json!(context.id);
        let outcome = tokio::select! {
            outcome = self.listed.running.call(&self.dispatcher, &id, call) => outcome,
            // The client has closed the connection.
            () = context.ct.cancelled() => None,
        };
        if let (Some(forwarding), Some(_)) = (forwarding, &outcome) {
            // Progress is sent before the result.
            let _panicked = forwarding.await;
        }
        let outcome = outcome.unwrap_or_else(|| Err(cancelled_call()));
        let spelled = self.listed.spelling.outcome(outcome);
        let (answer, is_error) = spelled.map_err(|error| unserializable(&error))?;
        let result = if is_error {
            // Not as structured content, which clients hold against the schema of the tool's answer.
            CallToolResult::error(vec![ContentBlock::text(answer.text())])
        } else {
            CallToolResult::structured(answer.value())
        };
        Ok(result.into())
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        self.listed.open_to(KeyAccess::Full).tools.iter().find(|tool| tool.name == name).cloned()
    }

    async fn list_prompts(
        &self,
        request: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListPromptsResult, ErrorData> {
        only_page(request).map(|()| cookbook::prompts(&self.listed.cookbook))
    }

    async fn get_prompt(
        &self,
        request: GetPromptRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<GetPromptResponse, ErrorData> {
        cookbook::prompt(&self.listed.cookbook, request).map(Into::into)
    }

    async fn list_resources(
        &self,
        request: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, ErrorData> {
        only_page(request).map(|()| cookbook::resources(&self.listed.cookbook))
    }

    async fn list_resource_templates(
        &self,
        request: Option<PaginatedRequestParams>,
        _: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, ErrorData> {
        only_page(request).map(|()| cookbook::templates())
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, ErrorData> {
        cookbook::resource(&self.listed.cookbook, &request.uri).map(Into::into)
    }

    async fn on_custom_request(
        &self,
        request: CustomRequest,
        _: RequestContext<RoleServer>,
    ) -> Result<CustomResult, ErrorData> {
        // rmcp passes a request on as a custom one if its params are malformed; requests with other
        // methods are answered before.
        let message = format!("The params of {} are malformed.", request.method);
        let hint = json!({ "hint": "Pass name as a string and arguments as an object." });
        let data = (request.method == "tools/call").then_some(hint);
        Err(ErrorData::invalid_params(message, data))
    }
}
