//! What an operation is: one type whose declaration tells everything about one capability.

use std::future::Future;

use covibe_domain::Failure;
use covibe_policy::Access;
use schemars::JsonSchema;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::context::Workspace;

/// One capability of Co-Vibe.
///
/// Its fields are its parameters, their types and attributes the schema that is both published
/// and enforced, its doc comments the descriptions that agents read; [`Operation::SPEC`] tells its
/// name, its route and what it does to the workspace. `docs/adding-a-tool.md` walks through one.
pub trait Operation: DeserializeOwned + JsonSchema + Send + 'static {
    /// Name, route, access.
    const SPEC: Spec;

    /// What it answers: a camelCase object, never a bare array; a [`Text`] where the declaration
    /// has a document.
    type Output: Serialize + JsonSchema + Send;

    /// Carries it out in the caller's workspace.
    fn run(self, cx: &Workspace) -> impl Future<Output = Result<Self::Output, Failure>> + Send;
}

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Method {
    /// Looks.
    Get,
    /// Creates or starts.
    Post,
    /// Changes.
    Patch,
    /// Deletes.
    Delete,
}

impl Method {
    /// The method's name, in capitals.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// Whether its parameters come in a body, and not in the query.
    pub const fn has_body(self) -> bool {
        matches!(self, Self::Post | Self::Patch)
    }
}

/// Where REST routes of one workspace begin.
pub const WORKSPACE_PATH: &str = "/api/workspaces/{slug}";

/// The REST route of an operation; `{name}` in the path is a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path below [`WORKSPACE_PATH`], or the whole path where it begins with `/api/`.
    pub path: &'static str,
}

impl Route {
    /// `GET` of this path.
    pub const fn get(path: &'static str) -> Self {
        Self { method: Method::Get, path }
    }

    /// `POST` to this path.
    pub const fn post(path: &'static str) -> Self {
        Self { method: Method::Post, path }
    }

    /// `PATCH` of this path.
    pub const fn patch(path: &'static str) -> Self {
        Self { method: Method::Patch, path }
    }

    /// `DELETE` of this path.
    pub const fn delete(path: &'static str) -> Self {
        Self { method: Method::Delete, path }
    }

    /// The whole path, with `{slug}` and the parameters in braces.
    pub fn full_path(&self) -> String {
        if self.path.starts_with("/api/") {
            self.path.to_owned()
        } else {
            format!("{WORKSPACE_PATH}{}", self.path)
        }
    }

    /// The names of the parameters in the path, the workspace's slug left out.
    pub fn parameters(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }
}

/// A text that REST answers as it is, where other operations answer JSON; its operation's output is
/// a [`Text`], and REST alone reaches it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its `Content-Type`.
    pub media_type: &'static str,
    /// What to call it when it is kept; plain ASCII.
    pub file_name: &'static str,
}

/// The output of an operation that answers a [`Document`].
#[derive(Debug, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Text(pub String);

/// The declaration of an operation.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts of a declaration")]
pub struct Spec {
    /// The canonical, dotted name.
    pub name: &'static str,
    /// The REST route.
    pub route: Route,
    /// What it does to the workspace.
    pub access: Access,
    /// Whether doing it twice is the same as doing it once.
    pub idempotent: bool,
    /// Whether it is reached by REST alone, and is no tool of the agent's.
    pub rest_only: bool,
    /// Whether REST answers 201: it creates something.
    pub creates: bool,
    /// Whether it also works in a workspace that is not provisioned.
    pub early: bool,
    /// Whether it hands a credential out: its entry in the audit is durable before its answer
    /// leaves, though it only looks.
    pub discloses: bool,
    /// The parameter by which a caller asks it to wait for the end of what it begins: such a call
    /// has [`crate::Settings::wait_deadline`] instead of the usual time.
    pub waits: Option<&'static str>,
    /// What it answers instead of JSON.
    pub document: Option<Document>,
    /// Parameters that are taken and have no effect; `list.member` is a member of a list's items.
    pub ignores: &'static [&'static str],
    /// Object parameters that take members they do not declare: what is published is closed, as
    /// strict clients need it, and the operation tells what became of each other member.
    pub open: &'static [&'static str],
    /// What else members of those are called, in camelCase, and the declared name of each.
    pub spellings: &'static [(&'static str, &'static str)],
}

impl Spec {
    const fn new(name: &'static str, route: Route, access: Access, idempotent: bool) -> Self {
        Self {
            name,
            route,
            access,
            idempotent,
            rest_only: false,
            creates: false,
            early: false,
            discloses: false,
            waits: None,
            document: None,
            ignores: &[],
            open: &[],
            spellings: &[],
        }
    }

    /// An operation that only looks.
    pub const fn read(name: &'static str, route: Route) -> Self {
        Self::new(name, route, Access::Read, true)
    }

    /// An operation that creates or changes.
    pub const fn write(name: &'static str, route: Route) -> Self {
        Self::new(name, route, Access::Write, false)
    }

    /// An operation that takes something away for good.
    pub const fn destroy(name: &'static str, route: Route) -> Self {
        Self::new(name, route, Access::Destroy, true)
    }

    /// The same, safe to do twice.
    #[must_use]
    pub const fn idempotent(mut self) -> Self {
        self.idempotent = true;
        self
    }

    /// The same, answered 201 by REST.
    #[must_use]
    pub const fn creates(mut self) -> Self {
        self.creates = true;
        self
    }

    /// The same, reached by REST alone.
    #[must_use]
    pub const fn rest_only(mut self) -> Self {
        self.rest_only = true;
        self
    }

    /// The same, also for a workspace that is not provisioned.
    #[must_use]
    pub const fn early(mut self) -> Self {
        self.early = true;
        self
    }

    /// The same, handing a credential out.
    #[must_use]
    pub const fn discloses(mut self) -> Self {
        self.discloses = true;
        self
    }

    /// The same, waiting for the end of what it begins where this parameter is true.
    #[must_use]
    pub const fn waits(mut self, parameter: &'static str) -> Self {
        self.waits = Some(parameter);
        self
    }

    /// The same, answering a text, and so reached by REST alone.
    #[must_use]
    pub const fn document(mut self, media_type: &'static str, file_name: &'static str) -> Self {
        self.document = Some(Document { media_type, file_name });
        self.rest_only()
    }

    /// The same, taking these parameters without effect.
    #[must_use]
    pub const fn ignores(mut self, names: &'static [&'static str]) -> Self {
        self.ignores = names;
        self
    }

    /// The same, these object parameters taking members that they do not declare.
    #[must_use]
    pub const fn open(mut self, names: &'static [&'static str]) -> Self {
        self.open = names;
        self
    }

    /// The same, members of its open parameters having these other names too.
    #[must_use]
    pub const fn spelled(mut self, spellings: &'static [(&'static str, &'static str)]) -> Self {
        self.spellings = spellings;
        self
    }

    /// The name in MCP: widely used clients refuse dots.
    pub fn mcp_name(&self) -> String {
        self.name.replace('.', "_")
    }

    /// The HTTP status of success.
    pub const fn status(&self) -> u16 {
        if self.creates { 201 } else { 200 }
    }
}
