//! The rights of an account in a bucket: its IAM policy, replaced only if it is still as it was
//! read.

use covibe_domain::boxed;
use covibe_upstream::{Cause, Conflict, Error, Transport};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::client::GoogleStorage;
use super::service_accounts::Account;
use crate::bucket_names::BucketName;

const POLICY: &str = "/b/{bucket}/iam";

/// The version of policies with conditions, which would be lost in an older one.
const VERSION: u8 = 3;

/// The maximum number of times that a policy is read and written until it is as requested.
const TRIES: usize = 5;

/// The roles of an account: everything with objects, and to see that the bucket exists, which
/// `HeadBucket` of S3 needs.
const ROLES: [&str; 2] = ["roles/storage.objectAdmin", "roles/storage.legacyBucketReader"];

/// A policy, with all members that are not known here.
#[derive(Debug, Serialize, Deserialize)]
struct Policy {
    #[serde(default)]
    bindings: Vec<Binding>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Binding {
    role: String,
    #[serde(default)]
    members: Vec<String>,
    #[serde(flatten)]
    rest: Map<String, Value>,
}

impl Policy {
    /// Adds the missing roles; returns whether any was missing.
    fn grant(&mut self, member: &str) -> bool {
        let missing: Vec<_> =
            ROLES.into_iter().filter(|role| !self.has_role(role, member)).collect();
        for role in &missing {
            let role = (*role).to_owned();
            // A binding with a condition holds only where the condition does.
            let same = |one: &&mut Binding| one.role == role && !one.rest.contains_key("condition");
            match self.bindings.iter_mut().find(same) {
                Some(binding) => binding.members.push(member.to_owned()),
                None => self.bindings.push(Binding {
                    role,
                    members: vec![member.to_owned()],
                    rest: Map::new(),
                }),
            }
        }
        !missing.is_empty()
    }

    fn has_role(&self, role: &str, member: &str) -> bool {
        let mut of_role = self.bindings.iter().filter(|one| one.role == role);
        of_role.any(|one| {
            !one.rest.contains_key("condition") && one.members.iter().any(|has| has == member)
        })
    }
}

impl GoogleStorage {
    /// Lets an account read, write and delete the objects of a bucket, beside what its policy grants already.
    ///
    /// # Errors
    ///
    /// [`Cause::NotFound`] while the account is not known there; see [`super::is_unsettled`].
    /// [`Conflict::Changed`] if somebody else changes the policy all the time.
    #[boxed]
    pub async fn grant(&self, bucket: &BucketName, account: &Account) -> Result<(), Error> {
        let member = format!("serviceAccount:{}", account.email);
        let mut last = None;
        for _ in 0..TRIES {
            let (mut policy, unreadable) = self.policy(bucket).await?;
            if !policy.grant(&member) {
                return Ok(());
            }
            // Without it, a policy that somebody else wrote meanwhile would be overwritten.
            if !policy.rest.get("etag").is_some_and(Value::is_string) {
                return Err(unreadable);
            }
            match self.put_policy(bucket, &policy, &unreadable).await {
                Err(error) if error.is_conflict() => {}
                outcome => outcome?,
            }
            last = Some(Error { cause: Cause::Conflict(Conflict::Changed), ..unreadable });
        }
        last.map_or(Ok(()), Err)
    }

    async fn policy(&self, bucket: &BucketName) -> Result<(Policy, Error), Error> {
        let request = |at: &Transport| {
            let request = at.get(POLICY).segment(bucket.as_str());
            request.query("optionsRequestedPolicyVersion", VERSION)
        };
        let answer = self.storage(request).await?;
        let unreadable = answer.malformed();
        Ok((answer.json()?, unreadable))
    }

    async fn put_policy(
        &self,
        bucket: &BucketName,
        policy: &Policy,
        unwritable: &Error,
    ) -> Result<(), Error> {
        let body = serde_json::to_value(policy).map_err(|_| unwritable.clone())?;
        // Its tag makes it repeatable: the second one is refused.
        let request = |at: &Transport| {
            at.put(POLICY).segment(bucket.as_str()).body(body.clone()).repeatable()
        };
        self.storage(request).await?.check_empty_or_json()
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_grant_keeps_the_existing_bindings_and_is_added_once() {
        let conditional = json!({ "role": ROLES[0], "members": ["serviceAccount:a"], "condition": { "title": "x" } });
        let other =
            json!({ "role": "roles/storage.legacyBucketOwner", "members": ["projectOwner:p"] });
        let text = json!({ "bindings": [conditional, other], "etag": "CAE=", "version": 3 });
        let mut policy: Policy = serde_json::from_value(text).unwrap();
        assert!(policy.grant("serviceAccount:a"));
        assert!(!policy.grant("serviceAccount:a"));
        let written = serde_json::to_value(&policy).unwrap();
        assert_eq!((&written["etag"], &written["version"]), (&json!("CAE="), &json!(3)));
        assert_eq!((&written["bindings"][0], &written["bindings"][1]), (&conditional, &other));
        let added = json!({ "role": ROLES[0], "members": ["serviceAccount:a"] });
        assert_eq!(written["bindings"][2], added);
    }
}
