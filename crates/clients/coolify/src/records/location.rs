//! The location of Coolify's resources.

use covibe_domain::{Located, Location};

use crate::{Application, Database, Service};

/// Each of them carries the numeric id of its environment, and nothing else about its owner (beta.473 to
/// 4.3).
macro_rules! located {
    ($($type:ty => $noun:literal),+) => {
        $(impl Located for $type {
            const NOUN: &'static str = $noun;

            fn id(&self) -> &str {
                self.uuid.as_str()
            }

            fn location(&self) -> Location<'_> {
                Location::Environment(self.environment_id)
            }
        })+
    };
}

located!(Application => "Application", Database => "Database", Service => "Service");
