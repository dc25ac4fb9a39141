//! The part of the API of Gitea, from 1.21 on, and Forgejo, from 7 on, that provisioning and repositories need.
//!
//! The client acts as one site administrator; issues, [`Client::resolve_repo`], [`Client::own_repos`] and
//! [`Client::content`] are for the token of any user. It decides by status, because Gitea's texts change
//! between releases. A 404 may also mean that the resource is not visible.
//!
//! | module | content |
//! |---|---|
//! | `accounts` | users, organisations and their teams, keys and tokens |
//! | `repos`, `reader`, `writer` | repositories, reading them and changing them |
//! | `issues` | issues and their labels |
//! | `webhooks`, `webhook_deliveries` | webhooks, and their deliveries |

mod accounts;
mod client;
mod error_answers;
mod instance_settings;
mod issues;
mod pagination;
mod reader;
mod release_repositories;
mod repos;
mod repository_access;
mod runners;
mod version;
mod webhook_deliveries;
mod webhooks;
mod writer;

pub use accounts::{Key, NewToken, Org, Team, Token, Tokens, User};
pub use client::{Client, Config};
pub use covibe_upstream::{
    AttemptOutcome, BudgetLoad, CallStatistics, Cause, ConfigError, Conflict, Effect, Error, Rate,
    Share,
};
pub use error_answers::NameLookup;
pub use instance_settings::RepositorySettings;
pub use issues::{
    Author, Issue, IssueChangeOutcome, IssueRepository, IssueStates, Issues, Label, NewIssue,
};
pub use reader::{PastCommit, Reader, Reference, ReferenceKind, TreeEntry, TreePage, blob_hash};
pub use repos::{Content, Entry, EntryKind, Owner, Repo, Resolved, has_name_form};
pub use repository_access::{DeployKey, FirstPage, PushMirror, UnlistedReason};
pub use runners::Runner;
pub use version::{Flavor, Version};
pub use webhook_deliveries::{HookSecret, HookVerifier, Push, PushHead, Pushed, Unsigned};
pub use webhooks::{Hook, HookConfig, HookOf};
pub use writer::{
    Base, CommitState, Committed, FileChange, NewCommit, NewRepo, NewStatus, Packed, Unnameable,
    Writer,
};
