//! The cookbook as MCP's resources and prompts.
//!
//! Like the list of tools, it is the same for every caller and reveals nothing about a workspace,
//! so reading it leaves no audit entry. It still requires a key.

use covibe_domain::Failure;
use covibe_operation::cookbook::{Cookbook, Page, Prompt};
use rmcp::model::{
    CacheScope, ErrorData, GetPromptRequestParams, GetPromptResult, ListPromptsResult,
    ListResourceTemplatesResult, ListResourcesResult, Prompt as Listed, PromptArgument,
    PromptMessage, ReadResourceResult, Resource, ResourceContents, Role,
};
use serde_json::{Value, json};

use super::tool_and_cookbook_lists::LIST_TTL;

const MARKDOWN: &str = "text/markdown";

/// Answers `resources/list`.
pub(super) fn resources(cookbook: &Cookbook) -> ListResourcesResult {
    let list = cookbook.pages().iter().map(|page| {
        let size = u64::try_from(page.text.len()).unwrap_or_default();
        let resource = Resource::new(&*page.uri, &*page.name).with_title(&*page.title);
        resource.with_mime_type(MARKDOWN).with_size(size)
    });
    let list = ListResourcesResult::with_all_items(list.collect());
    list.with_ttl_ms(LIST_TTL).with_cache_scope(CacheScope::Private)
}

/// Answers `resources/templates/list`. There are no templates because every resource is listed.
pub(super) fn templates() -> ListResourceTemplatesResult {
    let none = ListResourceTemplatesResult::default();
    none.with_ttl_ms(LIST_TTL).with_cache_scope(CacheScope::Private)
}

/// Answers `resources/read`.
pub(super) fn resource(cookbook: &Cookbook, uri: &str) -> Result<ReadResourceResult, ErrorData> {
    let page = cookbook.pages().iter().find(|page| page.uri == uri);
    let Some(Page { uri, text, .. }) = page else {
        let failure = cookbook.unknown_page(uri);
        let data =
            json!({ "uri": covibe_domain::names::displayable(uri, 200), "hint": failure.hint });
        return Err(ErrorData::invalid_params(failure.message, Some(data)));
    };
    let contents = ResourceContents::text(&**text, &**uri).with_mime_type(MARKDOWN);
    let result = ReadResourceResult::new(vec![contents]);
    Ok(result.with_ttl_ms(LIST_TTL).with_cache_scope(CacheScope::Private))
}

/// Answers `prompts/list`.
pub(super) fn prompts(cookbook: &Cookbook) -> ListPromptsResult {
    let list =
        ListPromptsResult::with_all_items(cookbook.prompts().iter().map(listed_prompt).collect());
    list.with_ttl_ms(LIST_TTL).with_cache_scope(CacheScope::Private)
}

fn listed_prompt(prompt: &Prompt) -> Listed {
    let arguments = prompt.arguments.iter().map(|argument| {
        let listed = PromptArgument::new(argument.name).with_description(argument.description);
        listed.with_required(true)
    });
    let listed = Listed::new(prompt.name, Some(prompt.description), Some(arguments.collect()));
    listed.with_title(prompt.title)
}

/// Answers `prompts/get`.
pub(super) fn prompt(
    cookbook: &Cookbook,
    request: GetPromptRequestParams,
) -> Result<GetPromptResult, ErrorData> {
    let arguments = request.arguments.unwrap_or_default();
    let text = cookbook.prompt(&request.name, &arguments).map_err(refused_prompt)?;
    let known = cookbook.prompts().iter().find(|prompt| prompt.name == request.name);
    let description = known.map_or("", |prompt| prompt.description);
    let message = PromptMessage::new_text(Role::User, text);
    Ok(GetPromptResult::new(vec![message]).with_description(description))
}

fn refused_prompt(failure: Failure) -> ErrorData {
    let data: Option<Value> = failure.hint.map(|hint| json!({ "hint": hint }));
    ErrorData::invalid_params(failure.message, data)
}
