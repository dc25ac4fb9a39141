//! Repositories of users and organisations, and the objects that belong to a repository.

use covibe_domain::Timestamp;
use serde_json::Value;

use super::issues::Issues;
use super::orgs::Right;
use super::pull_requests::Pulls;
use crate::gitea::repository::{BareRepository, Protection};

/// A repository. Its default branch, and whether it is empty, are read from disk.
pub(crate) struct Repo {
    pub(crate) id: i64,
    /// The id of the user or organisation that owns it.
    pub(crate) owner: i64,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) is_private: bool,
    pub(crate) is_archived: bool,
    /// True if other repositories can be generated from it.
    pub(crate) is_template: bool,
    /// The id of the repository that it was forked from.
    pub(crate) parent: Option<i64>,
    pub(crate) created: Timestamp,
    pub(crate) bare: BareRepository,
    pub(crate) pulls: Pulls,
    pub(crate) issues: Issues,
    /// The users besides its owner who may use it, by id, with their rights.
    pub(crate) collaborators: Vec<(i64, Right)>,
    pub(crate) deploy_keys: Vec<DeployKey>,
    /// Branch protections as answers show them.
    pub(crate) protections: Vec<Value>,
    /// Statuses of commits as answers show them, with the commit's hash.
    pub(crate) statuses: Vec<(String, Value)>,
    /// Push mirrors as answers show them.
    pub(crate) push_mirrors: Vec<Value>,
    /// The URL that it was imported from, and true if it is a mirror of that.
    pub(crate) origin: Option<(String, bool)>,
    /// The user or organisation that a transfer waits for.
    pub(crate) transfer_to: Option<i64>,
}

impl Repo {
    /// Returns the highest number that an issue or a pull request has; 0 without one.
    pub(crate) fn last_number(&self) -> i64 {
        self.pulls.last_number().max(self.issues.last_number())
    }

    /// Returns the branches that a rule protects.
    pub(crate) fn protected_branches(&self) -> Vec<Protection> {
        let protection = |rule: &Value| Protection {
            branch: rule["rule_name"].as_str().unwrap_or_default().to_owned(),
            may_be_pushed: rule["enable_push"] == true,
        };
        self.protections.iter().map(protection).collect()
    }
}

/// An SSH public key that opens one repository.
pub(crate) struct DeployKey {
    pub(crate) id: i64,
    pub(crate) title: String,
    /// Type and blob, without the comment.
    pub(crate) text: String,
    pub(crate) fingerprint: String,
    pub(crate) is_read_only: bool,
    pub(crate) created: Timestamp,
}

/// The source of the events that a hook delivers, or of the jobs that a runner runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HookPlace {
    /// The repository with this id.
    Repo(i64),
    /// Every repository of the organisation with this id.
    Org(i64),
    /// Every repository of the instance.
    System,
    /// No repository: new ones get a copy of the hook.
    Template,
}

/// A webhook.
pub(crate) struct Hook {
    pub(crate) id: i64,
    pub(crate) place: HookPlace,
    pub(crate) kind: String,
    pub(crate) url: String,
    pub(crate) content_type: String,
    /// Signs the deliveries, and is never shown.
    pub(crate) secret: String,
    pub(crate) authorization_header: String,
    pub(crate) branch_filter: String,
    pub(crate) events: Vec<String>,
    pub(crate) is_active: bool,
    pub(crate) created: Timestamp,
}
