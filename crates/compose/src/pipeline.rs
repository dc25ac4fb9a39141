//! The steps that turn a compose file into the text that is sent.

use covibe_domain::{Failure, Secret};

use crate::model::Compose;
use crate::report::Report;
use crate::tree::Tree;
use crate::yaml::Node;
use crate::{canonical, describe, judge, yaml};

/// Reads, judges and rewrites a compose file of at most 256 KiB.
///
/// # Errors
/// 403 if something would reach beyond the workspace, 400 if something is malformed or not
/// supported. `details.path` locates the first problem; `details.problems` lists the first ten, each
/// with its path and its fix. Values are never repeated.
pub fn compose(text: &str) -> Result<Compose, Failure> {
    let mut report = Report::default();
    let judged = judged(&mut report, text);
    if let Some(failure) = report.failure() {
        return Err(failure);
    }
    let Some((root, file)) = judged else {
        return Err(Failure::invalid("composeRaw is not a compose file."));
    };
    let services = describe::services(&file);
    let hints = describe::hints(&root, &file, &services);
    let text = canonical::write(file.members());
    if text.len() > yaml::LONGEST {
        return Err(Failure::invalid(
            "composeRaw exceeds 256 KiB once its aliases are written out.",
        ));
    }
    Ok(Compose { services, hints, text: Secret::new(text) })
}

/// Returns the file as read and as judged; problems are reported.
fn judged(report: &mut Report, text: &str) -> Option<(std::rc::Rc<Node>, Tree)> {
    match yaml::read(text) {
        Ok(root) => {
            let file = judge::file(report, &root)?;
            Some((root, file))
        }
        Err((location, problem)) => {
            report.add(&location, problem);
            None
        }
    }
}
