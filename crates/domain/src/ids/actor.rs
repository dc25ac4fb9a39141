//! The actor of a call: an API key, a person or the operator.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{InvalidId, KeyId, UserId};

/// The actor of a call. Its text is the id, whose prefix distinguishes keys from people.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Actor {
    /// An API key.
    Key(KeyId),
    /// A person who is signed in.
    Person(UserId),
    /// The operator, at the server's command line.
    Operator,
}

/// The word for the operator in the audit.
const OPERATOR: &str = "operator";

impl Actor {
    /// Returns the key's id, or `None` for a person and the operator.
    pub const fn key(&self) -> Option<&KeyId> {
        match self {
            Self::Key(id) => Some(id),
            Self::Person(_) | Self::Operator => None,
        }
    }

    /// Returns the id as text.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Key(id) => id.as_str(),
            Self::Person(id) => id.as_str(),
            Self::Operator => OPERATOR,
        }
    }
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl From<Actor> for String {
    fn from(actor: Actor) -> Self {
        actor.to_string()
    }
}

impl TryFrom<String> for Actor {
    type Error = InvalidId;

    fn try_from(text: String) -> Result<Self, InvalidId> {
        if text == OPERATOR {
            return Ok(Self::Operator);
        }
        let person = text.parse().map(Self::Person);
        person.or_else(|_: InvalidId| text.try_into().map(Self::Key))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_is_parsed_from_its_displayed_form() {
        let key: KeyId = "key_abcd".parse().unwrap();
        let person = UserId::from_random([7; 20]);
        for actor in [Actor::Key(key.clone()), Actor::Person(person), Actor::Operator] {
            assert_eq!(Actor::try_from(actor.to_string()).unwrap(), actor);
        }
        assert_eq!(Actor::Key(key.clone()).key(), Some(&key));
        assert!(Actor::try_from("ws_abcd".to_owned()).is_err());
    }
}
