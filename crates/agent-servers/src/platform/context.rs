//! The context of the platform server: notes, PRDs, skills and a search.

use crate::environment_settings::Variables;

use super::memory::MemoryStore;
use super::prd::PrdStore;
use super::session_folder::SessionFolder;
use super::skills::Skills;
use super::web_search_provider::Search;

/// The context of the platform server.
#[derive(Clone, Debug)]
pub struct PlatformContext {
    memory: MemoryStore,
    prd: PrdStore,
    skills: Skills,
    search: Search,
}

impl PlatformContext {
    /// Reads the settings. Only `HOME` or `COVIBE_AGENT_HOME` must be set; a tool whose settings are absent says so when it
    /// is called.
    ///
    /// | variable | meaning |
    /// |---|---|
    /// | `COVIBE_AGENT_HOME` | the folder of notes and PRDs; `.covibe/agents` in `HOME` by default |
    /// | `SESSION_KEY` | the text that keeps notes and PRDs apart; `default` by default |
    /// | `COVIBE_BASE_URL`, `VIBN_API_KEY` | a Co-Vibe server that gets PRDs as projects, and a key of it |
    /// | `VIBN_WORKSPACE` | the slug of the workspace, for a key that has several |
    /// | `SKILLS_REPO` | `owner/name` or `owner/name@ref` of the skills repository |
    /// | `GITEA_API_URL`, `GITEA_API_TOKEN`, `GITEA_USERNAME` | the Gitea that has it |
    /// | `WEB_SEARCH_PROVIDER`, `WEB_SEARCH_API_KEY`, `WEB_SEARCH_URL` | the web search provider |
    ///
    /// Returns none if a problem was noted.
    pub fn read(variables: &mut Variables<'_>) -> Option<Self> {
        let session = SessionFolder::read(variables);
        let server = super::prd::Server::read(variables);
        let skills = Skills::read(variables);
        let search = Search::read(variables);
        let (session, server) = (session?, server?);
        Some(Self {
            memory: MemoryStore::new(&session),
            prd: PrdStore::new(&session, server),
            skills: skills?,
            search: search?,
        })
    }

    pub(super) fn memory(&self) -> &MemoryStore {
        &self.memory
    }

    pub(super) fn prd(&self) -> &PrdStore {
        &self.prd
    }

    pub(super) fn skills(&self) -> &Skills {
        &self.skills
    }

    pub(super) fn search(&self) -> &Search {
        &self.search
    }
}
