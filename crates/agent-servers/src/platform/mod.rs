//! The platform server: a developer's notes, skills and PRD, and searches of the web.
//!
//! Notes and PRDs are files of the developer below `COVIBE_AGENT_HOME`, apart by `SESSION_KEY`. Skills are read from a
//! repository of a Gitea. With the address and a key for a Co-Vibe server, a PRD also becomes a project there.
//!
//! A tool whose settings are absent says so when it is called.

mod context;
mod file_and_setting_errors;
mod files;
mod finalize_prd;
mod get_prd;
mod get_skill;
mod list_memory;
mod list_skills;
mod memory;
mod optional_variables;
mod prd;
mod save_memory;
mod session_folder;
mod skills;
mod text_parts;
mod web_search;
mod web_search_provider;

use covibe_operation::{Part, Tool};

pub use context::PlatformContext;

/// Returns the tools, for a context that has that of this server.
pub fn tools<Cx: Part<PlatformContext> + Sync + 'static>() -> Vec<Tool<Cx>> {
    vec![
        Tool::running_in_part::<PlatformContext, save_memory::SaveMemory>(),
        Tool::running_in_part::<PlatformContext, list_memory::ListMemory>(),
        Tool::running_in_part::<PlatformContext, list_skills::ListSkills>(),
        Tool::running_in_part::<PlatformContext, get_skill::GetSkill>(),
        Tool::running_in_part::<PlatformContext, finalize_prd::FinalizePrd>(),
        Tool::running_in_part::<PlatformContext, get_prd::GetPrd>(),
        Tool::running_in_part::<PlatformContext, web_search::WebSearch>(),
    ]
}
