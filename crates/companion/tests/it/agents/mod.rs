//! Files of agents, before and after setup.

mod claude_program;
mod config_formats;
mod configuration_strategies;
mod hostile_files;
mod properties;
mod undoing;

use std::fs;
use std::path::{Path, PathBuf};

use covibe_companion::agents::{
    Applied, Places, Plan, PlanRequest, Transport, apply, plan, plan_undo, undo,
};
use covibe_companion::{Agent, CompanionHome, Origin};
use serde_json::Value;

/// The text of a skill that is ours.
pub(crate) const SKILL: &str =
    "---\nname: deploy-with-co-vibe\n---\ncovibe-server tools --format skill\n";

/// A machine with a home directory of its own.
pub(crate) struct Machine {
    folder: tempfile::TempDir,
    pub(crate) places: Places,
    pub(crate) home: CompanionHome,
    pub(crate) origin: Origin,
    pub(crate) transport: Transport,
    pub(crate) project: Option<PathBuf>,
    pub(crate) here: Option<PathBuf>,
}

impl Machine {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let user = folder.path().join("ada");
        fs::create_dir(&user).unwrap();
        Self {
            places: Places::at(&user),
            home: CompanionHome::at(user.join(".covibe")),
            origin: Origin::judge("https://co-vibe.example.com").unwrap().origin,
            transport: Transport::Stdio,
            project: None,
            here: None,
            folder,
        }
    }

    /// Returns a path in the home directory.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.places.home.join(name)
    }

    /// Returns a path outside the home directory.
    pub(crate) fn path_outside_home(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    pub(crate) fn json(&self, name: &str) -> Value {
        serde_json::from_str(&self.read(name)).unwrap()
    }

    pub(crate) fn request<'a>(&'a self, agents: &'a [Agent]) -> PlanRequest<'a> {
        PlanRequest {
            places: &self.places,
            home: &self.home,
            origin: &self.origin,
            agents,
            project: self.project.as_deref(),
            folder: self.here.as_deref(),
            transport: self.transport,
            skill: Some(SKILL),
        }
    }

    /// Sets agents up. Returns the plan and its outcome.
    pub(crate) fn set_up(&self, agents: &[Agent]) -> (Plan, Applied) {
        let request = self.request(agents);
        let plan = plan(&request);
        let applied = apply(&request, &plan);
        (plan, applied)
    }

    /// Takes setup back.
    pub(crate) fn undo(&self) -> Applied {
        let here = self.project.as_deref().or(self.here.as_deref());
        let planned = plan_undo(&self.places, &self.home, Some(&self.origin), here, SKILL);
        assert_eq!(planned.plan.refused, []);
        undo(&self.home, &planned)
    }

    /// Returns all files of the home directory but the companion's, with their contents, and all folders.
    pub(crate) fn tree(&self) -> Vec<(PathBuf, Option<Vec<u8>>)> {
        let mut tree = Vec::new();
        collect(&self.places.home, self.home.root(), &mut tree);
        tree.sort();
        tree
    }
}

fn collect(folder: &Path, left_out: &Path, tree: &mut Vec<(PathBuf, Option<Vec<u8>>)>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path == left_out {
            continue;
        }
        if path.is_dir() {
            collect(&path, left_out, tree);
            tree.push((path, None));
        } else {
            let content = fs::read(&path).unwrap_or_default();
            tree.push((path, Some(content)));
        }
    }
}
