//! The registry: every operation, and the single source of every surface.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock};

use covibe_domain::Failure;
use covibe_domain::entities::KeyAccess;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::erased_operation::Tool;
use crate::parameter_check::quotable_name;
use crate::similar_tool_names::{is_of_family, similar};

/// The operations of one server, by their names.
#[derive(Debug)]
pub struct Registry<Cx> {
    tools: Vec<Arc<Tool<Cx>>>,
    by_name: HashMap<String, Arc<Tool<Cx>>>,
    families: &'static [(&'static str, &'static str)],
    listing: &'static str,
    digest: OnceLock<String>,
}

impl<Cx> FromIterator<Tool<Cx>> for Registry<Cx> {
    fn from_iter<T: IntoIterator<Item = Tool<Cx>>>(tools: T) -> Self {
        let mut tools: Vec<_> = tools.into_iter().map(Arc::new).collect();
        tools.sort_by_key(|tool| tool.spec.name);
        let mut by_name = HashMap::new();
        for tool in tools.iter().filter(|tool| !tool.spec.rest_only) {
            by_name.insert(tool.spec.name.to_owned(), Arc::clone(tool));
            by_name.insert(tool.spec.mcp_name(), Arc::clone(tool));
        }
        let listing = "tools/list and GET /api/mcp list the tools.";
        Self { tools, by_name, families: &[], listing, digest: OnceLock::new() }
    }
}

impl<Cx: Sync + 'static> Registry<Cx> {
    /// Returns a digest of the tools' names, schemas and descriptions, which differs between any two
    /// surfaces: 16 hexadecimal digits. The first call computes it, which takes some milliseconds.
    pub fn digest(&self) -> &str {
        self.digest.get_or_init(|| {
            let mut digest = Sha256::new();
            for tool in self.tools() {
                // Nothing of what they declare is kept.
                let declared = tool.with_declaration(|it| {
                    json!([it.spec.name, it.description, it.input, it.output])
                });
                digest.update(declared.to_string());
            }
            hex::encode(digest.finalize()).chars().take(16).collect()
        })
    }
}

impl<Cx> Registry<Cx> {
    /// Sets the families, each with what its operations are about.
    #[must_use]
    pub fn with_families(mut self, families: &'static [(&'static str, &'static str)]) -> Self {
        self.families = families;
        self
    }

    /// Sets the sentence that says where the tools are listed: the hint for a name that is unlike every tool.
    #[must_use]
    pub fn with_listing(mut self, listing: &'static str) -> Self {
        self.listing = listing;
        self
    }

    /// Returns the families, each with what its operations are about.
    pub fn families(&self) -> &'static [(&'static str, &'static str)] {
        self.families
    }

    /// Returns every operation, those that only REST reaches included, sorted by name.
    pub fn operations(&self) -> impl Iterator<Item = &Arc<Tool<Cx>>> {
        self.tools.iter()
    }

    /// Returns the agent's tools, sorted by name.
    pub fn tools(&self) -> impl Iterator<Item = &Arc<Tool<Cx>>> {
        self.tools.iter().filter(|tool| !tool.spec.rest_only)
    }

    /// Returns the agent's tools that a call with this access may run, sorted by name.
    pub fn tools_open_to(&self, access: KeyAccess) -> impl Iterator<Item = &Arc<Tool<Cx>>> {
        self.tools().filter(move |tool| tool.spec.is_open_to(access))
    }

    /// Returns the tool with this name, dotted or with underscores.
    pub fn find(&self, name: &str) -> Option<&Arc<Tool<Cx>>> {
        self.by_name.get(name)
    }

    /// Returns the failure for a name that no tool has. Its hint names the tool that is probably meant,
    /// or the tools of the same family.
    pub fn unknown_tool(&self, name: &str) -> Failure {
        let known: Vec<_> = self.tools().map(|tool| tool.spec.name).collect();
        let failure = Failure::not_found(format!("Unknown tool `{}`.", quotable_name(name)));
        if let Some(near) = similar(name, &known) {
            return failure.hint(format!("Did you mean `{near}`?"));
        }
        let family: Vec<_> = known.into_iter().filter(|tool| is_of_family(name, tool)).collect();
        failure.hint(if family.is_empty() {
            self.listing.to_owned()
        } else {
            format!("Its family has: {}.", family.join(", "))
        })
    }
}
