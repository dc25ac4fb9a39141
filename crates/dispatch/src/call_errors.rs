//! Failures of calls that the dispatcher returns in place of the operation.

use std::time::Duration;

use covibe_domain::{Failure, Kind};

/// The failure of a call that panicked; the log has the panic's message and location.
pub(crate) fn panicked_call() -> Failure {
    Failure::unready("Co-Vibe could not finish this call. The operator's log has the reason.")
}

/// Logs that a call missed its deadline, and returns its failure.
pub(crate) fn late_call(tool: &str, timeout: Duration, changes: bool) -> Failure {
    tracing::warn!(tool, "a call did not end within its deadline");
    timed_out(timeout, changes)
}

/// The failure of a call that took too long.
fn timed_out(timeout: Duration, changes: bool) -> Failure {
    let seconds = timeout.as_secs_f32();
    let message = format!("The call did not finish within {seconds} s.");
    let failure = Failure::new(Kind::Timeout, message);
    if changes {
        failure.hint("The change may have happened: check before you repeat the call.").in_doubt()
    } else {
        failure.hint("Retry in a moment.")
    }
}

/// The failure of a change whose outcome could not be written to the audit.
pub(crate) fn unaudited_change() -> Failure {
    Failure::unready("The change was made, but its outcome could not be written to the audit.")
        .hint("Check what exists before you repeat the call.")
        .in_doubt()
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    use super::*;

    /// A writer that keeps the log.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().extend_from_slice(bytes);
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_late_call_is_logged_with_the_name_of_its_tool() {
        let log = Log::default();
        let writer = log.clone();
        let subscriber = tracing_subscriber::fmt().with_writer(move || writer.clone()).finish();
        let failure = tracing::subscriber::with_default(subscriber, || {
            late_call("apps.deploy", Duration::from_secs(2), true)
        });
        assert!(failure.kind == Kind::Timeout && failure.in_doubt);
        let logged = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        assert!(logged.contains("WARN") && logged.contains("apps.deploy"), "{logged}");
    }
}
