//! Core dumps, which would have keys and passwords in clear text.

/// Ensures that this process and those that it starts leave no core dump. On Linux, other processes of
/// the same user can't read its memory either.
///
/// # Errors
/// The system does not allow it.
#[cfg(unix)]
pub(crate) fn disable() -> std::io::Result<()> {
    use rustix::process::{Resource, Rlimit, setrlimit};
    setrlimit(Resource::Core, Rlimit { current: Some(0), maximum: Some(0) })?;
    // A handler of core dumps that is a program does not heed the limit.
    #[cfg(target_os = "linux")]
    rustix::process::set_dumpable_behavior(rustix::process::DumpableBehavior::NotDumpable)?;
    Ok(())
}

/// Does nothing, because there are none.
#[cfg(not(unix))]
pub(crate) fn disable() -> std::io::Result<()> {
    Ok(())
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use rustix::process::{DumpableBehavior, Resource, dumpable_behavior, getrlimit};

    use super::*;

    #[test]
    fn disabling_core_dumps_sets_the_limit_to_zero_and_the_process_undumpable() {
        disable().unwrap();
        assert_eq!(getrlimit(Resource::Core).current, Some(0));
        assert_eq!(dumpable_behavior().unwrap(), DumpableBehavior::NotDumpable);
    }
}
