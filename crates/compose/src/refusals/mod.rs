//! The problems for which a compose file is refused, each by its name.

pub(crate) mod files;
pub(crate) mod keys;
pub(crate) mod networks;
pub(crate) mod reading;
pub(crate) mod rewriting;
pub(crate) mod services;
pub(crate) mod values;
pub(crate) mod variables;
pub(crate) mod volumes;

/// Declares functions that return a problem with a fix.
macro_rules! refusals {
    ($($status:ident $name:ident: $problem:literal, $fix:expr;)+) => {
        $(
            #[doc = concat!("Returns this problem:\n\n```text\n", $problem, "\n```")]
            pub(crate) fn $name() -> $crate::problem::Problem {
                $crate::problem::Problem::$status($problem).fix($fix)
            }
        )+
    };
}
use refusals;
