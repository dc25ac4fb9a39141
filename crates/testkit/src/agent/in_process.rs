//! Calls that reach the dispatcher without HTTP, as the surfaces hand them over.

use std::collections::BTreeMap;
use std::fmt::{self, Formatter};
use std::sync::{Arc, PoisonError, RwLock};

use covibe_dispatch::{Call, Dispatcher, Surface, Tool};
use covibe_domain::Failure;
use covibe_domain::failure::whole_seconds;
use covibe_operation::JsonAnswer as CallAnswer;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};
use tokio::runtime::Handle;

use super::answer::AgentAnswer;

/// The dispatcher that the agents of a world without HTTP call, and after a restart the next one.
#[derive(Clone)]
pub(crate) struct InProcess {
    dispatcher: Arc<RwLock<Arc<Dispatcher>>>,
    /// The runtime on which the calls run, if it is not the caller's own.
    runtime: Option<Handle>,
}

impl fmt::Debug for InProcess {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str("InProcess")
    }
}

impl InProcess {
    /// Creates one that calls this dispatcher.
    pub(crate) fn new(dispatcher: &Arc<Dispatcher>) -> Self {
        Self { dispatcher: Arc::new(RwLock::new(Arc::clone(dispatcher))), runtime: None }
    }

    /// Returns the same with calls that run on a runtime, and end with it.
    pub(crate) fn on_runtime(self, runtime: Handle) -> Self {
        Self { runtime: Some(runtime), ..self }
    }

    /// Hands further calls to another dispatcher.
    pub(crate) fn restart(&self, dispatcher: &Arc<Dispatcher>) {
        *self.dispatcher.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(dispatcher);
    }

    fn dispatcher(&self) -> Arc<Dispatcher> {
        Arc::clone(&self.dispatcher.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Answers a request to a path: a call of the compact envelope, or of an operation at its REST route.
    ///
    /// # Panics
    /// Panics if no operation has the route, or if the runtime of the calls was shut down.
    pub(crate) async fn answer(&self, request: Request) -> AgentAnswer {
        let dispatcher = self.dispatcher();
        let answer = async move {
            match request.path.as_str() {
                "/api/mcp" => answer_envelope(&dispatcher, &request).await,
                _ => answer_route(&dispatcher, &request).await,
            }
        };
        match &self.runtime {
            Some(runtime) => runtime.spawn(answer).await.expect("the server answers"),
            None => answer.await,
        }
    }
}

/// A request of an agent.
pub(crate) struct Request {
    pub(crate) authorization: Option<String>,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) body: Option<String>,
}

async fn answer_envelope(dispatcher: &Arc<Dispatcher>, request: &Request) -> AgentAnswer {
    let body = request.body.as_deref().expect("a call");
    let body: Value = serde_json::from_str(body).expect("JSON");
    let (tool, params) = (body["tool"].as_str().expect("a tool"), body["params"].clone());
    match compact(dispatcher, request.authorization.as_deref(), tool, params).await {
        Ok(result) => answer(200, format!(r#"{{"result":{}}}"#, result.text())),
        Err(failure) => failure_answer(&failure),
    }
}

async fn compact(
    dispatcher: &Arc<Dispatcher>,
    authorization: Option<&str>,
    name: &str,
    params: Value,
) -> Result<CallAnswer, Failure> {
    let caller = dispatcher.authenticate(authorization).await?;
    let surface = Surface::Compact;
    let Some(tool) = dispatcher.registry().find(name).cloned() else {
        return Err(dispatcher.refuse_unknown_tool(&caller, name, surface, None).await);
    };
    let call = Call { caller, tool, params, surface, slug: None, progress: None, place: None };
    dispatcher.call(call).await
}

async fn answer_route(dispatcher: &Arc<Dispatcher>, request: &Request) -> AgentAnswer {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let mut operations = dispatcher.registry().operations();
    let method = request.method.as_str();
    let found = operations.find_map(|tool| Some((tool, path_parameters(tool, method, path)?)));
    let (tool, in_path) = found.unwrap_or_else(|| panic!("no operation is at {method} {path}"));
    let in_query = query.split('&').filter_map(|pair| pair.split_once('='));
    let in_query = in_query.map(|(name, text)| (name.to_owned(), text));
    let body = request.body.as_deref().map(|body| serde_json::from_str(body).expect("JSON"));
    let (mut params, mut slug): (Map<String, Value>, _) = (body.unwrap_or_default(), None);
    for (name, text) in in_query.chain(in_path) {
        let text = percent_decode_str(text).decode_utf8_lossy().into_owned();
        if name == "slug" {
            slug = Some(text);
        } else {
            let value = tool.coerce(&name, text);
            params.insert(name, value);
        }
    }
    let call = rest(dispatcher, request.authorization.as_deref(), tool, slug, params.into());
    match (call.await, tool.spec.document) {
        (Ok(result), None) => answer(tool.spec.status(), String::from(result)),
        (Ok(result), Some(_)) => answer(tool.spec.status(), result.read().expect("a text")),
        (Err(failure), _) => failure_answer(&failure),
    }
}

/// Calls an operation as REST does.
pub(crate) async fn rest(
    dispatcher: &Arc<Dispatcher>,
    authorization: Option<&str>,
    tool: &Arc<Tool>,
    slug: Option<String>,
    params: Value,
) -> Result<CallAnswer, Failure> {
    let caller = dispatcher.authenticate(authorization).await?;
    let (tool, surface) = (Arc::clone(tool), Surface::Rest);
    let call = Call { caller, tool, params, surface, slug, progress: None, place: None };
    dispatcher.call(call).await
}

/// Returns the parameters in a path by their names, if it is that of the operation.
fn path_parameters<'a>(tool: &Tool, method: &str, path: &'a str) -> Option<Vec<(String, &'a str)>> {
    let (pattern, given) = (tool.spec.route.full_path(), path.split('/'));
    let is_as_long = pattern.split('/').count() == given.clone().count();
    if tool.spec.route.method.as_str() != method || !is_as_long {
        return None;
    }
    let mut parameters = Vec::new();
    for (part, text) in pattern.split('/').zip(given) {
        match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) => parameters.push((name.to_owned(), text)),
            None if part == text => {}
            None => return None,
        }
    }
    Some(parameters)
}

fn failure_answer(failure: &Failure) -> AgentAnswer {
    let mut answer = answer(failure.kind.status(), failure.body().to_string());
    if let Some(wait) = failure.retry_after {
        answer.headers.insert("retry-after".to_owned(), whole_seconds(wait).to_string());
    }
    answer
}

fn answer(status: u16, text: String) -> AgentAnswer {
    AgentAnswer { status, headers: BTreeMap::new(), text }
}
