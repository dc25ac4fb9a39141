//! The modules of a crate as a tree.

use super::scope::{Declared, Scope};
use crate::tidy::workspace::{Finding, Workspace};

/// A library's or program's modules; the root comes first.
pub(super) struct Tree {
    pub(super) modules: Vec<Module>,
}

/// One module.
pub(super) struct Module {
    /// Its name; empty for the root.
    pub(super) name: String,
    /// The module that declares it.
    pub(super) parent: Option<usize>,
    /// The modules that it declares.
    pub(super) children: Vec<usize>,
    /// The path of its file, relative to the repository's root.
    pub(super) file: String,
    /// True if it stands between braces in its parent's file.
    pub(super) is_inline: bool,
    /// True if its macros are in scope in its siblings.
    pub(super) has_macro_use: bool,
    /// Its text.
    pub(super) scope: Scope,
}

impl Tree {
    /// Reads the modules below the root file; the error is a file that is not Rust.
    pub(super) fn load(workspace: &Workspace, root: &str) -> Result<Self, Finding> {
        let mut tree = Self { modules: Vec::new() };
        let module = Module {
            name: String::new(),
            parent: None,
            children: Vec::new(),
            file: root.to_owned(),
            is_inline: false,
            has_macro_use: false,
            scope: read_scope(workspace, root)?,
        };
        tree.add(workspace, module)?;
        Ok(tree)
    }

    /// Adds a module and those below it.
    fn add(&mut self, workspace: &Workspace, mut module: Module) -> Result<usize, Finding> {
        let id = self.modules.len();
        let declared = std::mem::take(&mut module.scope.modules);
        let file = module.file.clone();
        self.modules.push(module);
        for Declared { name, has_macro_use, inline } in declared {
            let is_inline = inline.is_some();
            let (file, scope) = match inline {
                Some(scope) => (file.clone(), scope),
                // A missing file is the compiler's to report.
                None => match self.file_of(workspace, id, &name) {
                    Some(file) => (file.clone(), read_scope(workspace, &file)?),
                    None => continue,
                },
            };
            let parent = Some(id);
            let children = Vec::new();
            let child = Module { name, parent, children, file, is_inline, has_macro_use, scope };
            let child = self.add(workspace, child)?;
            self.modules[id].children.push(child);
        }
        Ok(id)
    }

    /// The file of the module `name` that `parent` declares.
    fn file_of(&self, workspace: &Workspace, parent: usize, name: &str) -> Option<String> {
        let folder = self.folder(parent);
        let candidates = [format!("{folder}/{name}.rs"), format!("{folder}/{name}/mod.rs")];
        candidates.into_iter().find(|path| workspace.file(path).is_some())
    }

    /// The folder in which the files of a module's children lie.
    fn folder(&self, id: usize) -> String {
        let module = &self.modules[id];
        if let (true, Some(parent)) = (module.is_inline, module.parent) {
            return format!("{}/{}", self.folder(parent), module.name);
        }
        let (folder, name) = module.file.rsplit_once('/').unwrap_or(("", &module.file));
        match name {
            "mod.rs" | "lib.rs" | "main.rs" => folder.to_owned(),
            _ => module.file.trim_end_matches(".rs").to_owned(),
        }
    }

    /// The module whose file holds this one's text: itself, or the one around the braces.
    pub(super) fn home(&self, id: usize) -> usize {
        match self.modules[id].parent {
            Some(parent) if self.modules[id].is_inline => self.home(parent),
            _ => id,
        }
    }

    /// The modules from the root down to this one, both included.
    pub(super) fn lineage(&self, id: usize) -> Vec<usize> {
        let mut lineage: Vec<_> =
            std::iter::successors(Some(id), |id| self.modules[*id].parent).collect();
        lineage.reverse();
        lineage
    }

    /// The child of `id` called `name`.
    pub(super) fn child(&self, id: usize, name: &str) -> Option<usize> {
        let children = self.modules[id].children.iter().copied();
        children.into_iter().find(|child| self.modules[*child].name == name)
    }
}

fn read_scope(workspace: &Workspace, path: &str) -> Result<Scope, Finding> {
    let Some(file) = workspace.file(path) else { return Ok(Scope::default()) };
    file.parsed().map(Scope::read).map_err(|error| {
        let line = error.span().start().line;
        Finding::new(path, line, format!("not valid Rust: {error}"))
    })
}
