//! Accounts, buckets, keys and objects.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use serde_json::{Map, Value};

use crate::core::clock::Clock;

/// The objects of the project, oldest first.
pub(in crate::google) struct Storage {
    pub(super) clock: Clock,
    pub(super) accounts: Vec<Account>,
    pub(super) buckets: Vec<Bucket>,
    pub(super) keys: Vec<Key>,
    /// The names of buckets of other customers.
    pub(super) foreign: BTreeSet<String>,
    last_id: u64,
}

/// A service account.
pub(super) struct Account {
    pub(super) email: String,
    pub(super) unique_id: String,
    pub(super) display_name: String,
    pub(super) description: String,
    /// The moment of its creation.
    pub(super) made: Instant,
}

/// A bucket.
pub(super) struct Bucket {
    pub(super) name: String,
    pub(super) location: String,
    pub(super) labels: Map<String, Value>,
    pub(super) is_uniform: bool,
    pub(super) is_private: bool,
    pub(super) soft_delete: u64,
    pub(super) metageneration: u64,
    pub(super) bindings: Vec<Value>,
    /// The version of the policy, which its tag names.
    pub(super) policy: u64,
    pub(super) objects: BTreeMap<String, Object>,
}

/// An object.
pub(super) struct Object {
    pub(super) bytes: Vec<u8>,
    pub(super) media_type: String,
    /// The MD5 of its bytes, in hexadecimal digits.
    pub(super) md5: String,
}

/// The state of a key. Only an active one can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HmacKeyState {
    Active,
    Inactive,
    Deleted,
}

impl HmacKeyState {
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Active => "ACTIVE",
            Self::Inactive => "INACTIVE",
            Self::Deleted => "DELETED",
        }
    }
}

/// An HMAC key.
pub(super) struct Key {
    pub(super) access_id: String,
    pub(super) secret: String,
    pub(super) email: String,
    pub(super) state: HmacKeyState,
    pub(super) made: Instant,
}

impl Storage {
    /// Creates an empty project.
    pub(in crate::google) fn new(clock: Clock) -> Self {
        let (accounts, buckets, keys) = (Vec::new(), Vec::new(), Vec::new());
        Self { clock, accounts, buckets, keys, foreign: BTreeSet::new(), last_id: 0 }
    }

    /// Returns whether something that was created at that moment is known everywhere, with that
    /// delay.
    pub(super) fn is_settled(&self, made: Instant, lag: Duration) -> bool {
        self.clock.now() >= made + lag
    }

    /// Returns the number of the next account.
    pub(super) fn next_id(&mut self) -> String {
        self.last_id += 1;
        (110_000_000_000_000_000_000_u128 + u128::from(self.last_id)).to_string()
    }

    /// Returns the account of an address, once it is known everywhere.
    pub(super) fn account(&self, email: &str, lag: Duration) -> Option<&Account> {
        let found = self.accounts.iter().find(|account| account.email == email);
        found.filter(|account| self.is_settled(account.made, lag))
    }

    /// Returns a bucket by its name.
    pub(super) fn bucket(&mut self, name: &str) -> Option<&mut Bucket> {
        self.buckets.iter_mut().find(|bucket| bucket.name == name)
    }

    /// Lists the accounts by their addresses.
    pub(in crate::google) fn account_names(&self) -> Vec<String> {
        self.accounts.iter().map(|account| account.email.clone()).collect()
    }

    /// Lists the buckets by their names.
    pub(in crate::google) fn bucket_names(&self) -> Vec<String> {
        self.buckets.iter().map(|bucket| bucket.name.clone()).collect()
    }

    /// Lists the keys that are not deleted, as `id state address`.
    pub(in crate::google) fn key_names(&self) -> Vec<String> {
        let kept = self.keys.iter().filter(|key| key.state != HmacKeyState::Deleted);
        kept.map(|key| format!("{} {} {}", key.access_id, key.state.word(), key.email)).collect()
    }

    /// Lists the bindings of all policies, as `bucket role member`.
    pub(in crate::google) fn grants(&self) -> Vec<String> {
        let mut grants = Vec::new();
        for bucket in &self.buckets {
            for binding in &bucket.bindings {
                let role = binding["role"].as_str().unwrap_or_default();
                let members = binding["members"].as_array().into_iter().flatten();
                let members = members.filter_map(Value::as_str);
                grants.extend(members.map(|member| format!("{} {role} {member}", bucket.name)));
            }
        }
        grants
    }

    /// Lists the objects of all buckets, as `bucket/name`.
    pub(in crate::google) fn object_names(&self) -> Vec<String> {
        let of = |bucket: &Bucket| {
            let names = bucket.objects.keys().map(|name| format!("{}/{name}", bucket.name));
            names.collect::<Vec<_>>()
        };
        self.buckets.iter().flat_map(of).collect()
    }
}
