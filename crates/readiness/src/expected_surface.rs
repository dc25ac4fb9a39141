//! The tools and routes of the release that this program is of.

use std::sync::LazyLock;

use serde::Deserialize;

/// The surface of a release, as `covibe-server tools --format surface` prints it.
#[derive(Clone, Debug, Deserialize)]
pub struct Surface {
    /// The version of the release.
    pub version: String,
    /// The digest of the tools' names, schemas and descriptions.
    pub digest: String,
    /// The names of the tools, in their order.
    pub tools: Vec<String>,
    /// Every route that requires a key or a session.
    pub routes: Vec<ProtectedRoute>,
}

/// A route that requires a key or a session.
#[derive(Clone, Debug, Deserialize)]
pub struct ProtectedRoute {
    /// The method.
    pub method: String,
    /// The path, with its parameters in braces.
    pub path: String,
}

impl ProtectedRoute {
    /// Returns a path in which each parameter has a value that leads to nothing.
    pub fn example(&self) -> String {
        let parts =
            self.path.split('/').map(|part| if part.starts_with('{') { "canary" } else { part });
        parts.collect::<Vec<_>>().join("/")
    }

    /// Returns the method as a constant.
    pub fn method(&self) -> &'static str {
        match self.method.as_str() {
            "POST" => "POST",
            "PATCH" => "PATCH",
            "DELETE" => "DELETE",
            _ => "GET",
        }
    }
}

static SURFACE: LazyLock<Option<Surface>> =
    LazyLock::new(|| serde_json::from_str(include_str!("surface.json")).ok());

/// A surface that no server has: it stands where the compiled-in one cannot be read.
static NONE: Surface = Surface {
    version: String::new(),
    digest: String::new(),
    tools: Vec::new(),
    routes: Vec::new(),
};

/// Returns the surface of the release that this program is of.
pub fn surface() -> &'static Surface {
    SURFACE.as_ref().unwrap_or(&NONE)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_surface_has_the_version_tools_and_routes_of_this_release() {
        let surface = surface();
        assert_eq!(surface.version, env!("CARGO_PKG_VERSION"));
        assert!(surface.tools.iter().any(|tool| tool == "apps.create"));
        assert!(surface.routes.len() > surface.tools.len());
        let methods = ["GET", "POST", "PATCH", "DELETE"];
        for route in &surface.routes {
            assert!(methods.contains(&route.method.as_str()), "{route:?}");
            assert_eq!(route.method, route.method());
            assert!(route.example().starts_with("/api/") && !route.example().contains('{'));
        }
    }
}
