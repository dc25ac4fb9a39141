//! The configuration of agents: entries, hooks, instructions and skills in files that belong to other programs.
//!
//! A plan is computed from the files as they are, and changes nothing. Applying it writes each file whole, keeps a
//! copy of the previous content, and remembers how to undo it. Our entries are recognized by the programs in the
//! companion's folder that they name, so no file has a member that its program does not know. A file that cannot be
//! read safely is left alone.
//!
//! | module | content |
//! |---|---|
//! | `config_paths` | the folders of agents, and which of them are on the machine |
//! | `server_entry` | the members of our entry, and whose an entry is |
//! | `hooks` | our hooks, and the rule by which they are recognized |
//! | `config_files` | the files of each agent |
//! | `edit` | editors of JSON, TOML and Markdown that keep what is foreign, and diffs |
//! | `planned_changes` | the change of a file, and all changes together |
//! | `plan_creation` | the computation of all changes |
//! | `claude_program` | the program of Claude Code, which writes its own file |
//! | `apply` | writing, copies, records, and undo |
//! | `config_findings` | findings about agents for the doctor |
//! | `literal_secrets` | findings about keys in repositories |

pub mod apply;
pub mod claude_program;
pub mod config_files;
pub mod config_findings;
pub mod config_paths;
pub mod edit;
pub mod hooks;
pub mod literal_secrets;
pub mod plan_creation;
pub mod planned_changes;
pub mod server_entry;

pub use apply::{Applied, UndoPlan, apply, plan_undo, undo};
pub use claude_program::ClaudeStep;
pub use config_findings::{AgentReport, Finding, Level, inspect};
pub use config_paths::{Places, detect};
pub use literal_secrets::literal_secrets;
pub use plan_creation::{PlanRequest, plan};
pub use planned_changes::{FileChange, Plan, Refused};
pub use server_entry::Transport;
