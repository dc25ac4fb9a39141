//! Calls that reach the dispatcher without HTTP, as the surfaces hand them over.

use std::collections::BTreeMap;
use std::fmt::{self, Formatter};
use std::sync::{Arc, PoisonError, RwLock};

use covibe_dispatch::{Call, Dispatcher, Surface, Tool};
use covibe_domain::Failure;
use covibe_domain::failure::whole_seconds;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value};
use tokio::runtime::Handle;

use super::answer::Answer;

/// What the agents of a world call that serves no HTTP: its dispatcher, and after a restart the next one.
#[derive(Clone)]
pub(crate) struct Desk {
    dispatcher: Arc<RwLock<Arc<Dispatcher>>>,
    /// Where the calls run, if that is not the caller's own runtime.
    runtime: Option<Handle>,
}

impl fmt::Debug for Desk {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str("Desk")
    }
}

impl Desk {
    /// Creates a desk in front of a dispatcher.
    pub(crate) fn new(dispatcher: &Arc<Dispatcher>) -> Self {
        Self { dispatcher: Arc::new(RwLock::new(Arc::clone(dispatcher))), runtime: None }
    }

    /// Returns the same desk with calls that run on a runtime, and end with it.
    pub(crate) fn on(self, runtime: Handle) -> Self {
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
    pub(crate) async fn answer(&self, request: Request) -> Answer {
        let dispatcher = self.dispatcher();
        let answer = async move {
            match request.path.as_str() {
                "/api/mcp" => enveloped(&dispatcher, &request).await,
                _ => routed(&dispatcher, &request).await,
            }
        };
        match &self.runtime {
            Some(runtime) => runtime.spawn(answer).await.expect("the server answers"),
            None => answer.await,
        }
    }
}

/// What an agent asks for.
pub(crate) struct Request {
    pub(crate) authorization: Option<String>,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) body: Option<String>,
}

async fn enveloped(dispatcher: &Arc<Dispatcher>, request: &Request) -> Answer {
    let body = request.body.as_deref().expect("a call");
    let body: Value = serde_json::from_str(body).expect("JSON");
    let (tool, params) = (body["tool"].as_str().expect("a tool"), body["params"].clone());
    match compact(dispatcher, request.authorization.as_deref(), tool, params).await {
        Ok(result) => answer(200, format!(r#"{{"result":{result}}}"#)),
        Err(failure) => failed(&failure),
    }
}

async fn routed(dispatcher: &Arc<Dispatcher>, request: &Request) -> Answer {
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let mut operations = dispatcher.registry().operations();
    let method = request.method.as_str();
    let found = operations.find_map(|tool| Some((tool, matched(tool, method, path)?)));
    let (tool, in_path) = found.unwrap_or_else(|| panic!("no operation is at {method} {path}"));
    let in_query = query.split('&').filter_map(|pair| pair.split_once('='));
    let body = request.body.as_deref().map(|body| serde_json::from_str(body).expect("JSON"));
    let (mut params, mut slug): (Map<String, Value>, _) = (body.unwrap_or_default(), None);
    for (name, text) in in_query.chain(in_path) {
        let text = percent_decode_str(text).decode_utf8_lossy().into_owned();
        match name {
            "slug" => slug = Some(text),
            name => _ = params.insert(name.to_owned(), tool.coerce(name, text)),
        }
    }
    let call = rest(dispatcher, request.authorization.as_deref(), tool, slug, params.into());
    match call.await {
        Ok(text) => answer(tool.spec.status(), text),
        Err(failure) => failed(&failure),
    }
}

async fn compact(
    dispatcher: &Arc<Dispatcher>,
    authorization: Option<&str>,
    name: &str,
    params: Value,
) -> Result<String, Failure> {
    let caller = dispatcher.authenticate(authorization).await?;
    let surface = Surface::Compact;
    let Some(tool) = dispatcher.registry().find(name).cloned() else {
        return Err(dispatcher.unknown(&caller, name, surface, None).await);
    };
    let call = Call { caller, tool, params, surface, slug: None, progress: None, place: None };
    Ok(String::from(dispatcher.call(call).await?))
}

async fn rest(
    dispatcher: &Arc<Dispatcher>,
    authorization: Option<&str>,
    tool: &Arc<Tool>,
    slug: Option<String>,
    params: Value,
) -> Result<String, Failure> {
    let caller = dispatcher.authenticate(authorization).await?;
    let (tool, surface) = (Arc::clone(tool), Surface::Rest);
    let document = tool.spec.document;
    let call = Call { caller, tool, params, surface, slug, progress: None, place: None };
    let result = dispatcher.call(call).await?;
    Ok(match document {
        Some(_) => result.read().expect("a text"),
        None => String::from(result),
    })
}

/// Returns the parameters in a path if it is that of the operation.
fn matched<'a>(tool: &Tool, method: &str, path: &'a str) -> Option<Vec<(&'static str, &'a str)>> {
    let route = &tool.spec.route;
    let (pattern, given) = (route.full_path(), path.split('/'));
    let is_same =
        route.method.as_str() == method && pattern.split('/').count() == given.clone().count();
    let mut parameters = Vec::new();
    for (part, text) in pattern.split('/').zip(given).take_while(|_| is_same) {
        match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) => parameters.push((declared(tool, name), text)),
            None if part == text => {}
            None => return None,
        }
    }
    is_same.then_some(parameters)
}

fn declared(tool: &Tool, name: &str) -> &'static str {
    tool.spec.route.parameters().find(|known| *known == name).unwrap_or("slug")
}

fn failed(failure: &Failure) -> Answer {
    let mut answer = answer(failure.kind.status(), failure.body().to_string());
    if let Some(wait) = failure.retry_after {
        answer.headers.insert("retry-after".to_owned(), whole_seconds(wait).to_string());
    }
    answer
}

fn answer(status: u16, text: String) -> Answer {
    Answer { status, headers: BTreeMap::new(), text }
}
