//! The paths of REST, which all workers share.
//!
//! One tree for all of them: as resources of actix-web, each worker would compile an expression for each path at its
//! start, and keep it.

use std::collections::BTreeMap;
use std::io;
use std::sync::Arc;

use actix_web::http::Method;
use covibe_dispatch::Tool;
use matchit::{Params, Router};

/// The operations by their paths; each path has one for each of its methods.
#[derive(Clone)]
pub(crate) struct Paths(Arc<Router<Vec<Arc<Tool>>>>);

/// The operations at the path of a request.
pub(super) struct MatchedPath<'a> {
    tools: &'a [Arc<Tool>],
    parameters: Params<'a, 'a>,
}

impl Paths {
    /// Returns the paths of these operations.
    ///
    /// # Errors
    ///
    /// Two paths that differ only in the names of their parameters.
    pub(crate) fn from_tools<'a>(
        tools: impl IntoIterator<Item = &'a Arc<Tool>>,
    ) -> io::Result<Self> {
        let mut paths: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for tool in tools {
            paths.entry(tool.spec.route.full_path()).or_default().push(Arc::clone(tool));
        }
        let mut router = Router::new();
        for (path, tools) in paths {
            router.insert(path, tools).map_err(io::Error::other)?;
        }
        Ok(Self(Arc::new(router)))
    }

    /// Returns the operations at a path, which may end with a slash.
    pub(super) fn find<'a>(&'a self, path: &'a str) -> Option<MatchedPath<'a>> {
        let found = self.0.at(path.strip_suffix('/').unwrap_or(path)).ok()?;
        Some(MatchedPath { tools: found.value, parameters: found.params })
    }
}

impl MatchedPath<'_> {
    /// Returns the operation with this method.
    pub(super) fn tool(&self, method: &Method) -> Option<&Arc<Tool>> {
        self.tools.iter().find(|tool| tool.spec.route.method.as_str() == method.as_str())
    }

    /// Returns the methods of the path as a header lists them.
    pub(super) fn allowed_methods(&self) -> String {
        let methods = self.tools.iter().map(|tool| tool.spec.route.method.as_str());
        methods.collect::<Vec<_>>().join(", ")
    }

    /// Returns a parameter of the path as the request has it.
    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.parameters.get(name)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn each_operation_is_found_at_its_path_with_any_parameters(value in "~[^/]{0,20}", slash in "/?") {
            let registry = covibe_tools::registry();
            let paths = Paths::from_tools(registry.operations()).unwrap();
            for tool in registry.operations() {
                let route = tool.spec.route;
                let names: Vec<_> = route.parameters().collect();
                let path = names.iter().fold(route.full_path().replace("{slug}", &value), |path, name| {
                    path.replace(&format!("{{{name}}}"), &value)
                });
                let path = format!("{path}{slash}");
                let found = paths.find(&path).unwrap();
                let method = route.method.as_str().parse().unwrap();
                prop_assert_eq!(&found.tool(&method).unwrap().spec.name, &tool.spec.name);
                for name in names {
                    prop_assert_eq!(found.parameter(name), Some(value.as_str()));
                }
            }
        }
    }

    #[test]
    fn malformed_paths_and_other_methods_match_no_operation() {
        let registry = covibe_tools::registry();
        let paths = Paths::from_tools(registry.operations()).unwrap();
        for path in [
            "",
            "/",
            "//",
            "/api",
            "/api/workspaces//apps",
            "/api/workspaces/mark//",
            "/API/workspaces/mark",
        ] {
            assert!(paths.find(path).is_none(), "{path}");
        }
        let found = paths.find("/api/workspaces/mark/apps").unwrap();
        assert_eq!(found.allowed_methods(), "POST, GET");
        assert!(found.tool(&Method::HEAD).is_none());
    }
}
