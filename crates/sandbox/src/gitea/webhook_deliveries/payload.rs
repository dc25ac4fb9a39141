//! The body of a delivery.

use serde_json::{Value, json};

use crate::core::request_types::Reply;
use crate::gitea::repository::{BareRepository, CommitInfo, Moved};

/// The maximum number of commits that a body shows: `FEED_MAX_COMMIT_NUM`.
const SHOWN: usize = 5;

/// The maximum number of commits of a new branch that are counted.
const OF_NEW: usize = 10;

/// The hash that stands for the absence of a commit.
const NONE: &str = "0000000000000000000000000000000000000000";

/// A repository, as far as bodies need it.
#[derive(Clone)]
pub(crate) struct Repository {
    pub(crate) bare: BareRepository,
    /// The repository as answers show it to its owner.
    pub(crate) shown: Value,
    /// The user who pushes, as answers show users.
    pub(crate) pusher: Value,
    /// The logins of users by their addresses.
    pub(crate) logins: Vec<(String, String)>,
}

impl Repository {
    /// Returns the body about a branch that has moved.
    pub(super) fn moved(&self, moved: &Moved) -> Result<Value, Reply> {
        let (commits, total) = if let Some(before) = &moved.before {
            let range = format!("{before}..{}", moved.after);
            (self.bare.history(&range, None, 0, SHOWN)?, self.bare.count(&range, None)?)
        } else {
            let commits = self.bare.history(&moved.after, None, 0, OF_NEW)?;
            let total = commits.len();
            (commits, total)
        };
        let before = moved.before.as_deref().unwrap_or(NONE);
        let reference = format!("refs/heads/{}", moved.branch);
        self.body(&reference, (before, &moved.after), &commits, total)
    }

    /// Returns the body of a test: the tip of the default branch; `None` without a commit.
    pub(super) fn tested(&self) -> Result<Option<Value>, Reply> {
        let branch = self.bare.default_branch();
        let Some(commit) = self.bare.branch(&branch) else { return Ok(None) };
        let commits = self.bare.history(&commit, None, 0, 1)?;
        let reference = format!("refs/heads/{branch}");
        self.body(&reference, (&commit, &commit), &commits, 1).map(Some)
    }

    fn body(
        &self,
        reference: &str,
        (before, after): (&str, &str),
        commits: &[CommitInfo],
        total: usize,
    ) -> Result<Value, Reply> {
        let head = self.bare.commit_info(after)?;
        let shown: Vec<_> = commits.iter().take(SHOWN).map(|commit| self.commit(commit)).collect();
        let web = self.shown["html_url"].as_str().unwrap_or_default();
        Ok(json!({
            "ref": reference, "before": before, "after": after,
            "compare_url": format!("{web}/compare/{before}...{after}"), "commits": shown,
            "total_commits": total, "head_commit": head.as_ref().map(|head| self.commit(head)),
            "repository": self.shown, "pusher": self.pusher, "sender": self.pusher,
        }))
    }

    fn commit(&self, info: &CommitInfo) -> Value {
        let web = self.shown["html_url"].as_str().unwrap_or_default();
        let person = |[name, email, _]: &[String; 3]| {
            let login = self.logins.iter().find(|(address, _)| address.eq_ignore_ascii_case(email));
            let login = login.map_or("", |(_, login)| login);
            json!({ "name": name, "email": email, "username": login })
        };
        json!({
            "id": info.hash, "message": info.message, "url": format!("{web}/commit/{}", info.hash),
            "author": person(&info.author), "committer": person(&info.committer),
            "verification": null, "timestamp": info.committer[2], "added": [], "removed": [],
            "modified": [],
        })
    }
}
