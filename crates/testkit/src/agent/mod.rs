//! An agent that calls a server by each of the three surfaces, or a dispatcher without a server.

mod answer;
mod in_process;

use covibe_dispatch::Tool;
use covibe_domain::{Secret, boxed};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{AUTHORIZATION, COOKIE};
use serde_json::{Map, Value, json};

pub use self::answer::{AgentAnswer, CallOutcome};
use self::in_process::Request;
pub(crate) use self::in_process::{InProcess, rest};
use crate::http_client;

/// The path of the MCP URL.
const MCP_PATH: &str = "/api/mcp";

/// A client of a server, with the key of one workspace.
#[derive(Clone, Debug)]
pub struct Agent {
    /// The origin of the server.
    pub origin: String,
    /// The slug in REST paths.
    pub slug: String,
    /// The API key, if it has one.
    pub key: Option<Secret>,
    /// The `Authorization` header that replaces the key.
    authorization: Option<String>,
    /// The cookie of a session, and the CSRF token that its pages send with writes.
    session: Option<(String, String)>,
    /// The path of the MCP URL, with its query.
    mcp_path: &'static str,
    way: Way,
}

/// The transport of an agent's requests.
#[derive(Clone, Debug)]
enum Way {
    /// Over HTTP.
    Http(reqwest::Client),
    /// As calls of the dispatcher, without HTTP.
    InProcess(InProcess),
}

impl Agent {
    /// Creates an agent with this key.
    pub fn new(origin: &str, slug: &str, key: Option<Secret>) -> Self {
        Self::by(Way::Http(http_client::client().build().expect("a client")), origin, slug, key)
    }

    /// Creates an agent with this key that calls in this process, or over HTTP.
    pub(crate) fn calling(
        in_process: Option<&InProcess>,
        origin: &str,
        slug: &str,
        key: Option<Secret>,
    ) -> Self {
        match in_process {
            Some(it) => Self::by(Way::InProcess(it.clone()), origin, slug, key),
            None => Self::new(origin, slug, key),
        }
    }

    fn by(way: Way, origin: &str, slug: &str, key: Option<Secret>) -> Self {
        Self {
            origin: origin.to_owned(),
            slug: slug.to_owned(),
            key,
            authorization: None,
            session: None,
            mcp_path: MCP_PATH,
            way,
        }
    }

    /// Returns the same agent with connections of its own.
    #[must_use]
    pub fn reconnected(&self) -> Self {
        match &self.way {
            Way::Http(_) => Self::new(&self.origin, &self.slug, self.key.clone()),
            Way::InProcess(_) => self.clone(),
        }
    }

    /// Returns the same agent with another key, or without one.
    #[must_use]
    pub fn with_key(&self, key: Option<&str>) -> Self {
        Self { key: key.map(Secret::new), ..self.clone() }
    }

    /// Returns the same agent for REST paths of another workspace.
    #[must_use]
    pub fn with_slug(&self, slug: &str) -> Self {
        Self { slug: slug.to_owned(), ..self.clone() }
    }

    /// Returns the same agent with the MCP URL that only reads.
    #[must_use]
    pub fn with_read_only_url(&self) -> Self {
        Self { mcp_path: "/api/mcp?readonly=1", ..self.clone() }
    }

    /// Returns the same agent with this `Authorization` header instead of a key.
    #[must_use]
    pub fn with_authorization(&self, header: &str) -> Self {
        Self { authorization: Some(header.to_owned()), ..self.clone() }
    }

    /// Returns the same agent with the cookie of a person's session, and the CSRF token that its pages send with
    /// writes.
    #[must_use]
    pub fn with_session(&self, cookie: &str, csrf: &str) -> Self {
        Self { session: Some((cookie.to_owned(), csrf.to_owned())), ..self.clone() }
    }

    /// Sends a request with these headers and the key.
    pub async fn send(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> AgentAnswer {
        let Way::InProcess(server) = &self.way else {
            return AgentAnswer::read(self.open(method, path, headers, body).await).await;
        };
        let (method, path) = (method.to_owned(), path.to_owned());
        server.answer(Request { authorization: self.authorization(), method, path, body }).await
    }

    /// Returns the `Authorization` header.
    fn authorization(&self) -> Option<String> {
        let bearer = self.key.as_ref().map(|key| format!("Bearer {}", key.expose()));
        self.authorization.clone().or(bearer)
    }

    /// Sends a request as [`Agent::send`] does, and returns as soon as the answer begins.
    ///
    /// # Panics
    /// Panics if its world serves no HTTP.
    pub async fn open(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
        body: Option<String>,
    ) -> reqwest::Response {
        let method = method.parse().expect("a method");
        let Way::Http(client) = &self.way else { panic!("this world serves no HTTP") };
        let mut request = client.request(method, format!("{}{path}", self.origin));
        if let Some(header) = self.authorization() {
            request = request.header(AUTHORIZATION, header);
        }
        if let Some((cookie, csrf)) = &self.session {
            request = request.header(COOKIE, cookie);
            if !csrf.is_empty() {
                request = request.header("x-csrf-token", csrf);
            }
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = match body {
            Some(body) => request.body(body),
            None => request,
        };
        request.send().await.expect("the server answers")
    }

    /// Sends a JSON body to the MCP URL.
    #[boxed]
    pub async fn post_mcp(&self, body: &Value) -> AgentAnswer {
        self.json("POST", self.mcp_path, body).await
    }

    /// Sends a request with a JSON body.
    #[boxed]
    pub async fn json(&self, method: &str, path: &str, body: &Value) -> AgentAnswer {
        let headers = [("content-type", "application/json")];
        self.send(method, path, &headers, Some(body.to_string())).await
    }

    /// Calls a tool by the compact envelope and returns the answer.
    #[boxed]
    pub async fn compact_raw(&self, tool: &str, params: &Value) -> AgentAnswer {
        self.json("POST", self.mcp_path, &json!({ "tool": tool, "params": params })).await
    }

    /// Calls a tool by the compact envelope and returns the outcome.
    #[boxed]
    pub async fn compact(&self, tool: &str, params: &Value) -> CallOutcome {
        self.compact_raw(tool, params).await.compact_outcome()
    }

    /// Sends a JSON-RPC request of the MCP versions before 2026-07-28 and returns the answer.
    #[boxed]
    pub async fn rpc(&self, method: &str, params: &Value) -> AgentAnswer {
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        let headers = [
            ("content-type", "application/json"),
            ("accept", "application/json, text/event-stream"),
        ];
        self.send("POST", self.mcp_path, &headers, Some(body.to_string())).await
    }

    /// Sends a JSON-RPC request of MCP version 2026-07-28 and returns the answer.
    #[boxed]
    pub async fn rpc_modern(&self, method: &str, params: &Value) -> AgentAnswer {
        let mut params = params.clone();
        params["_meta"] = json!({
            "io.modelcontextprotocol/protocolVersion": "2026-07-28",
            "io.modelcontextprotocol/clientCapabilities": {},
        });
        let name = params["name"].as_str().or(params["uri"].as_str()).unwrap_or_default();
        let name = name.to_owned();
        let mut headers = vec![
            ("content-type", "application/json"),
            ("accept", "application/json, text/event-stream"),
            ("mcp-protocol-version", "2026-07-28"),
            ("mcp-method", method),
        ];
        if !name.is_empty() {
            headers.push(("mcp-name", &name));
        }
        let body = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params });
        self.send("POST", self.mcp_path, &headers, Some(body.to_string())).await
    }

    /// Calls a tool by `tools/call` and returns the outcome; a JSON-RPC error is a failure too.
    #[boxed]
    pub async fn mcp(&self, tool: &str, params: &Value) -> CallOutcome {
        let params = json!({ "name": tool.replace('.', "_"), "arguments": params });
        self.rpc("tools/call", &params).await.mcp_outcome()
    }

    /// Calls a tool over REST and returns the answer. Path parameters are taken from `params`; the
    /// others are sent in the body if the method has one, otherwise in the query.
    #[boxed]
    pub async fn rest_raw(&self, tool: &Tool, params: &Value) -> AgentAnswer {
        let mut rest: Map<String, Value> = params.as_object().cloned().unwrap_or_default();
        let mut path = tool.spec.route.full_path().replace("{slug}", &self.slug);
        for name in tool.spec.route.parameters() {
            let value = rest.remove(name).unwrap_or_default();
            let value = encoded(value.as_str().unwrap_or("absent1"));
            path = path.replace(&format!("{{{name}}}"), &value);
        }
        let method = tool.spec.route.method;
        if method.has_body() {
            return self.json(method.as_str(), &path, &Value::Object(rest)).await;
        }
        let pairs = rest.iter().map(|(name, value)| match value {
            Value::String(text) => format!("{name}={}", encoded(text)),
            // As the OpenAPI document says: `style: form`, `explode: false`.
            Value::Array(items) if items.iter().all(Value::is_string) => {
                let items = items.iter().filter_map(Value::as_str).map(encoded);
                format!("{name}={}", items.collect::<Vec<_>>().join(","))
            }
            other => format!("{name}={}", encoded(&other.to_string())),
        });
        let query = pairs.collect::<Vec<_>>().join("&");
        let mark = if query.is_empty() { "" } else { "?" };
        self.send(method.as_str(), &format!("{path}{mark}{query}"), &[], None).await
    }

    /// Calls a tool over REST and returns the outcome.
    #[boxed]
    pub async fn rest(&self, tool: &Tool, params: &Value) -> CallOutcome {
        self.rest_raw(tool, params).await.rest_outcome()
    }
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
