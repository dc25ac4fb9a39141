//! REST routes.

/// An HTTP method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Method {
    /// Reads.
    Get,
    /// Creates or starts.
    Post,
    /// Changes.
    Patch,
    /// Deletes.
    Delete,
}

impl Method {
    /// Returns the method's name in capitals.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }

    /// Returns whether parameters are in the body instead of the query.
    pub const fn has_body(self) -> bool {
        matches!(self, Self::Post | Self::Patch)
    }
}

/// The prefix of the REST routes of one workspace.
pub const WORKSPACE_PATH: &str = "/api/workspaces/{slug}";

/// The REST route of an operation; `{name}` in the path is a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route {
    /// The method.
    pub method: Method,
    /// The path below [`WORKSPACE_PATH`], or the whole path if it starts with `/api/`.
    pub path: &'static str,
}

impl Route {
    /// The route of an operation whose server has no REST.
    pub const NONE: Self = Self::get("");

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

    /// Returns the whole path, with `{slug}` and the parameters in braces.
    pub fn full_path(&self) -> String {
        if self.path.starts_with("/api/") {
            self.path.to_owned()
        } else {
            format!("{WORKSPACE_PATH}{}", self.path)
        }
    }

    /// Returns the names of the parameters in the path, except the workspace's slug.
    pub fn parameters(&self) -> impl Iterator<Item = &'static str> {
        self.path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
    }
}
