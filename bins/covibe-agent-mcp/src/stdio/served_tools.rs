//! The subject of one server: tools, and the context that they run in.

use std::collections::BTreeSet;
use std::fmt;

use covibe_operation::Registry;

/// The tools that are served, and the context that they run in.
pub(crate) struct Served<Cx> {
    pub(super) title: String,
    pub(super) instructions: &'static str,
    pub(super) registry: Registry<Cx>,
    pub(super) context: Cx,
    /// The tools that a client gets; all without.
    tools: Option<BTreeSet<String>>,
}

/// Shows no context, which has tokens.
impl<Cx> fmt::Debug for Served<Cx> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Served").field("title", &self.title).finish_non_exhaustive()
    }
}

impl<Cx> Served<Cx> {
    /// Serves all tools of a registry.
    pub(crate) fn new(
        title: String,
        instructions: &'static str,
        registry: Registry<Cx>,
        context: Cx,
    ) -> Self {
        Self { title, instructions, registry, context, tools: None }
    }

    /// Serves these tools only.
    pub(crate) fn with_tools(self, tools: BTreeSet<String>) -> Self {
        Self { tools: Some(tools), ..self }
    }

    /// Returns whether a client gets the tool with this name.
    pub(super) fn has(&self, name: &str) -> bool {
        self.tools.as_ref().is_none_or(|tools| tools.contains(name))
    }
}
