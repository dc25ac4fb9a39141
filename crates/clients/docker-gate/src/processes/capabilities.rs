//! The rights that ending another user's processes takes, held only as long as they are used.

use rustix::thread::{CapabilitySet, CapabilitySets, capabilities, set_capabilities};

/// The capabilities: to signal others, and to read their environment, for which Linux requires both
/// a tracer's right and that to read a file which only its owner may read (seen with Linux 6.1 and
/// 6.18).
const NEEDED: CapabilitySet =
    CapabilitySet::KILL.union(CapabilitySet::SYS_PTRACE).union(CapabilitySet::DAC_READ_SEARCH);

/// While it exists, this thread uses those of the capabilities that it may use.
pub(super) struct Raised(Option<CapabilitySets>);

impl Raised {
    pub(super) fn new() -> Self {
        let Ok(before) = capabilities(None) else { return Self(None) };
        let mut raised = before;
        raised.effective |= before.permitted & NEEDED;
        // If it fails, less is seen, and the answer says so.
        Self(set_capabilities(None, raised).ok().map(|()| before))
    }
}

impl Drop for Raised {
    fn drop(&mut self) {
        if let Some(before) = self.0 {
            let _ = set_capabilities(None, before);
        }
    }
}

pub(super) fn may_signal() -> bool {
    capabilities(None).is_ok_and(|sets| sets.permitted.contains(CapabilitySet::KILL))
}
