//! `covibe-local setup --undo`: the files of agents as they were.

use super::{LOCK, SKILL, Setup, unwritable};
use crate::agents::{plan_undo, undo};
use crate::command_error::Problem;
use crate::home::{HomeLock, LOCK_WAIT};
use crate::origin::Origin;

impl Setup<'_> {
    /// Takes back what setup wrote. The keys and the service stay: `logout` and `service uninstall` remove them.
    pub(super) fn undo(&self, origin: Option<&Origin>) -> Result<(), Problem> {
        let folder = self.options.project.as_deref().or(self.folder);
        if self.options.is_dry_run {
            let planned = plan_undo(self.places, self.home, origin, folder, SKILL);
            self.reporter.line(planned.plan.diff().trim_end());
            return Ok(());
        }
        let lock = HomeLock::take(self.home, LOCK, LOCK_WAIT);
        let _lock = lock.map_err(|error| unwritable(self.home, &error))?.ok_or_else(|| {
            Problem::failure("Another setup is running.")
                .hint("Wait until it ends, then try again.")
        })?;
        let planned = plan_undo(self.places, self.home, origin, folder, SKILL);
        let applied = undo(self.home, &planned);
        for path in &applied.written {
            self.reporter.line(&format!("Restored {}", self.places.shorten(path)));
        }
        if planned.plan.is_empty() {
            self.reporter.line("There is nothing to undo.");
        }
        for remark in &applied.remarks {
            self.reporter.line(remark);
        }
        let refused: Vec<_> = planned.plan.refused.iter().chain(&applied.refused).collect();
        for one in &refused {
            self.reporter.warn(&one.to_string());
        }
        self.reporter.line(
            "Keys and the service remain: `covibe-local logout` and `covibe-local service \
             uninstall` remove them.",
        );
        if refused.is_empty() {
            return Ok(());
        }
        Err(Problem::failure("Some files could not be restored: see above.")
            .hint("Correct them, and run `covibe-local setup --undo` again."))
    }
}
