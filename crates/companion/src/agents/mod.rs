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
//! | `entry` | the members of our entry, and whose an entry is |
//! | `hooks` | our hooks, and the rule by which they are recognized |
//! | `config_files` | the files of each agent |
//! | `edit` | editors of JSON, TOML and Markdown that keep what is foreign, and diffs |
//! | `change` | the change of a file, and all changes together |
//! | `plan` | the computation of all changes |
//! | `claude` | the program of Claude Code, which writes its own file |
//! | `apply` | writing, copies, records, and undo |
//! | `config_findings` | findings about agents for the doctor |
//! | `secrets` | findings about keys in repositories |

pub mod apply;
pub mod change;
pub mod claude;
pub mod config_files;
pub mod config_findings;
pub mod config_paths;
pub mod edit;
pub mod entry;
pub mod hooks;
pub mod plan;
pub mod secrets;

pub use apply::{Applied, UndoPlan, apply, plan_undo, undo};
pub use change::{FileChange, Plan, Refused};
pub use claude::ClaudeStep;
pub use config_findings::{AgentReport, Finding, Level, inspect};
pub use config_paths::{Places, detect};
pub use entry::Transport;
pub use plan::{PlanRequest, plan};
pub use secrets::literal_secrets;
