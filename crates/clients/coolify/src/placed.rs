//! Where Coolify's resources lie.

use covibe_domain::{Place, Placed};

use crate::{Application, Database, Service};

/// Each of them carries the numeric id of its environment, and nothing else that tells whose it
/// is (beta.473 to 4.3).
macro_rules! placed {
    ($($type:ty => $noun:literal),+) => {
        $(impl Placed for $type {
            const NOUN: &'static str = $noun;

            fn id(&self) -> &str {
                self.uuid.as_str()
            }

            fn place(&self) -> Place<'_> {
                Place::Environment(self.environment_id)
            }
        })+
    };
}

placed!(Application => "Application", Database => "Database", Service => "Service");
