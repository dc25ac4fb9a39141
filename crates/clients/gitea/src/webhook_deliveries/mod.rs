//! Deliveries of webhooks: their signature, and the part of a push that is needed, within bounds.
//!
//! Seen with Gitea 1.25.2, 1.21.4 and Forgejo 11.0.1: a delivery comes 0.1 to 4 s after the push, once,
//! and is never repeated. Its body has about 5.5 KB and at most 5 commits (Forgejo 15). A tag has
//! none (Forgejo: `refs/tags/…`). The delivery of a deleted branch has an `after` of zeros only.

mod signature;

use serde::Deserialize;

pub use signature::{HookSecret, HookVerifier, Unsigned};

/// The maximum number of characters of a name of a reference, a repository, an owner or a user.
/// Gitea allows 255 bytes for a branch, 100 for a repository and 40 for a user.
const NAME: usize = 255;

/// The beginning of a branch's whole name.
const BRANCHES: &str = "refs/heads/";

/// A push to a reference of a repository, as a delivery describes it. It has happened, but more may
/// have happened since.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Delivered")]
pub struct Push {
    /// The whole name of the reference, such as `refs/heads/main`.
    pub reference: String,
    /// The position of the reference before.
    pub before: PushHead,
    /// The position of the reference after the push.
    pub after: PushHead,
    /// The repository.
    pub repository: Pushed,
    /// The login of the user who pushed, if the delivery has it.
    pub pusher: Option<String>,
}

/// The repository that somebody pushed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pushed {
    /// Its id, which it keeps when it is renamed.
    pub id: i64,
    /// Its name at that time.
    pub name: String,
    /// The id of the organisation or user that owns it.
    pub owner_id: i64,
    /// The name of the owner at that time.
    pub owner: String,
}

/// The position of a reference.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PushHead {
    /// At the commit with this whole hash, 40 or 64 hexadecimal digits in lower case.
    Commit(String),
    /// Nowhere: it did not exist, or no longer does.
    Absent,
}

impl Push {
    /// The largest body of a delivery that is read, in bytes: a delivery has about 5.5 KB, and the
    /// messages of up to 15 commits.
    pub const MOST_BYTES: usize = 1 << 20;

    /// The largest body whose signature is checked, in bytes. Gitea puts the names of all changed files into it.
    pub const MOST_SIGNED_BYTES: usize = 16 << 20;

    /// The header of the kind of a delivery.
    pub const EVENT_HEADER: &str = "X-Gitea-Event";

    /// The kind of deliveries about pushes.
    pub const EVENT: &str = "push";

    /// The header of the UUID of a delivery.
    pub const DELIVERY_HEADER: &str = "X-Gitea-Delivery";

    /// Reads the body of a delivery whose signature is right; `None` for anything else than a push.
    pub fn parse(body: &[u8]) -> Option<Self> {
        let body = (body.len() <= Self::MOST_BYTES).then_some(body)?;
        serde_json::from_slice(body).ok()
    }

    /// Returns the name of the branch; `None` for a tag or another reference.
    pub fn branch(&self) -> Option<&str> {
        self.reference.strip_prefix(BRANCHES)
    }

    /// Returns the commit that the reference is at; `None` if the reference was deleted.
    pub fn commit(&self) -> Option<&str> {
        match &self.after {
            PushHead::Commit(hash) => Some(hash),
            PushHead::Absent => None,
        }
    }
}

/// The body, as far as it is read.
#[derive(Deserialize)]
struct Delivered {
    #[serde(rename = "ref")]
    reference: String,
    before: String,
    after: String,
    repository: Repository,
    pusher: Option<Account>,
}

#[derive(Deserialize)]
struct Repository {
    id: i64,
    name: String,
    owner: Account,
}

#[derive(Deserialize)]
struct Account {
    id: i64,
    login: String,
}

impl TryFrom<Delivered> for Push {
    type Error = &'static str;

    fn try_from(told: Delivered) -> Result<Self, Self::Error> {
        let Delivered { reference, before, after, repository, pusher } = told;
        let Repository { id, name, owner } = repository;
        let is_name = |text: &str| !text.is_empty() && text.chars().count() <= NAME;
        if ![&reference, &name, &owner.login].into_iter().all(|text| is_name(text)) {
            return Err("a name that is too long");
        }
        let (before, after) = (head(before)?, head(after)?);
        let pusher = pusher.map(|user| user.login).filter(|login| is_name(login));
        let repository = Pushed { id, name, owner_id: owner.id, owner: owner.login };
        Ok(Self { reference, before, after, repository, pusher })
    }
}

fn head(hash: String) -> Result<PushHead, &'static str> {
    let is_digit = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    if !matches!(hash.len(), 40 | 64) || !hash.bytes().all(is_digit) {
        return Err("no hash of a commit");
    }
    let is_absent = hash.bytes().all(|byte| byte == b'0');
    Ok(if is_absent { PushHead::Absent } else { PushHead::Commit(hash) })
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn delivery() -> Value {
        json!({
            "ref": "refs/heads/feature/x", "before": "0".repeat(40), "after": "a1".repeat(20),
            "compare_url": "https://git.test/x", "commits": [{ "id": 7 }], "total_commits": 1,
            "repository": { "id": 5, "name": "site", "full_name": "vibn-mark/site",
                            "owner": { "id": 3, "login": "vibn-mark", "email": "" } },
            "pusher": { "id": 2, "login": "mark-bot" }, "sender": null,
        })
    }

    fn parse(delivery: &Value) -> Option<Push> {
        Push::parse(delivery.to_string().as_bytes())
    }

    #[test]
    fn branch_commit_repository_and_pusher_are_read_from_a_push() {
        let push = parse(&delivery()).unwrap();
        assert_eq!(push.branch(), Some("feature/x"));
        assert_eq!(push.before, PushHead::Absent);
        assert_eq!(push.commit(), Some(&*"a1".repeat(20)));
        assert_eq!((push.repository.id, push.repository.owner_id), (5, 3));
        assert_eq!((&*push.repository.owner, &*push.repository.name), ("vibn-mark", "site"));
        assert_eq!(push.pusher.as_deref(), Some("mark-bot"));
        let mut other = delivery();
        other["ref"] = json!("refs/tags/v1");
        other["after"] = json!("0".repeat(64));
        other["pusher"] = Value::Null;
        let push = parse(&other).unwrap();
        assert_eq!((push.branch(), push.commit(), push.pusher.as_deref()), (None, None, None));
    }

    #[test]
    fn malformed_and_too_large_deliveries_are_not_read_as_pushes() {
        for (member, wrong) in [
            ("/ref", json!("r".repeat(256))),
            ("/ref", json!("")),
            ("/after", json!("A1".repeat(20))),
            ("/after", json!("a1")),
            ("/before", Value::Null),
            ("/repository/id", json!("5")),
            ("/repository/name", json!("n".repeat(256))),
            ("/repository/owner", Value::Null),
            ("/repository", json!([])),
        ] {
            let mut changed = delivery();
            *changed.pointer_mut(member).unwrap() = wrong;
            assert_eq!(parse(&changed), None, "{member}");
        }
        let mut long = delivery();
        long["commits"] = json!(" ".repeat(Push::MOST_BYTES));
        assert_eq!(parse(&long), None);
        assert_eq!(Push::parse(b"{"), None);
        assert_eq!(Push::parse("[".repeat(100_000).as_bytes()), None);
    }
}
