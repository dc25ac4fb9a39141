//! The number of descriptors that the process may have, each connection being one.

use covibe_http::ConnectionLimits;

/// Raises the number of descriptors, and lowers the number of connections to what they allow.
pub(crate) fn raise_for(limits: ConnectionLimits) -> ConnectionLimits {
    match raise() {
        Some(descriptors) => limits.within(descriptors),
        None => limits,
    }
}

/// Raises the number of descriptors to what the system allows this process, and returns it; `None` if
/// it is unlimited or unknown.
#[cfg(unix)]
fn raise() -> Option<usize> {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    // Some systems have a lower limit than they report.
    let raised = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit });
    let descriptors = if raised.is_ok() { limit.maximum } else { limit.current };
    descriptors.and_then(|descriptors| usize::try_from(descriptors).ok())
}

/// Returns `None`, because the number is unknown.
#[cfg(not(unix))]
fn raise() -> Option<usize> {
    None
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    use super::*;

    #[test]
    fn raises_the_descriptor_limit_to_the_hard_limit() {
        let limit = getrlimit(Resource::Nofile);
        let Some(maximum) = limit.maximum else { return };
        setrlimit(Resource::Nofile, Rlimit { current: Some(maximum - 1), ..limit }).unwrap();
        assert_eq!(raise(), usize::try_from(maximum).ok());
        assert_eq!(getrlimit(Resource::Nofile).current, Some(maximum));
    }
}
