//! The folder in which the program of an agent keeps its settings during a job.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::PathBuf;

use covibe_agent_servers::tree_removal::remove_tree;
use serde_json::Value;

use super::live_job::LiveJob;
use super::shared_state::Runner;
use crate::agents::{Agent, AgentClient};
use crate::durable_files;

impl Runner {
    /// Makes the folder that an agent's program uses in place of its user's, and returns it; none if the agent's entry
    /// names no program. The folder has a copy of the user's sign-in, unless the agent gets a key.
    pub(super) fn make_client_folder(
        &self,
        job: &LiveJob,
        agent: &Agent,
    ) -> io::Result<Option<PathBuf>> {
        let Some(client) = agent.client else { return Ok(None) };
        let folder = job.folder.client();
        // An earlier attempt may have left one.
        remove_tree(&folder)?;
        DirBuilder::new().mode(0o700).create(&folder)?;
        if let Some(sign_in) = self.sign_in(agent, client) {
            durable_files::write_json(&client.sign_in_file(&folder), &sign_in)?;
        }
        Ok(Some(folder))
    }

    /// Returns the sign-in that an agent needs; none if it gets a key, or if its user has not signed in.
    fn sign_in(&self, agent: &Agent, client: AgentClient) -> Option<Value> {
        let environment = &self.settings().environment;
        let is_set = |name: &str| client.keys().contains(&name) && environment.contains_key(name);
        if agent.variables().any(is_set) {
            return None;
        }
        let file = client.sign_in_file(self.settings().client_folders.get(&client)?);
        match fs::read(&file) {
            Ok(bytes) => client.copy_sign_in(&bytes),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => {
                tracing::warn!(%error, file = %file.display(), "a sign-in cannot be read");
                None
            }
        }
    }
}
