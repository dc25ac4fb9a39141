//! Checks that a compose app may start: its creation has ended, and its stored file passes the
//! judge.
//!
//! A template's file is in Coolify before it is rewritten, and a creation may end in between.

use covibe_compose::{check_stored, sent_form};
use covibe_coolify::Service;
use covibe_domain::Failure;
use covibe_policy::Owned;
use covibe_workspace::{Coolify, Workspace};

use crate::apps::compose::policy_request::request;
use crate::apps::compose::variable_rows::VariableRows;
use crate::apps::errors::{invisible_file, refused_file, unfinished_app, unreadable_file};

/// Checks that no call has to finish the app's creation.
///
/// # Errors
///
/// Conflict while the creation is in progress, or may be repeated to finish it.
pub(in crate::apps) async fn check_finished(
    cx: &Workspace,
    service: &Service,
) -> Result<(), Failure> {
    match &service.description.mark {
        Some(mark) if cx.journal().is_open(mark).await? => Err(unfinished_app(&service.name)),
        _ => Ok(()),
    }
}

/// Checks that the app's stored file reaches nothing beyond the workspace. A file that an operator
/// or a template brought to Coolify may differ from one that this server would send.
///
/// # Errors
///
/// Rejected if the file is refused. Unready if it can't be read.
pub(in crate::apps) async fn check_file(
    cx: &Workspace,
    coolify: &Coolify,
    service: &Owned<Service>,
) -> Result<(), Failure> {
    let Some(stored) = service.compose() else {
        // Only a token that may read sensitive fields gets it. Without one, a file that was sent
        // was judged before, and that of a template was not.
        return if service.is_template() { Err(invisible_file()) } else { Ok(()) };
    };
    let (file, rules) = (stored.to_owned(), cx.settings().compose.clone());
    if cx.run_judgement(move || sent_form(&file, &rules).is_some()).await? {
        return Ok(());
    }
    let rows = VariableRows::read(coolify, service).await?;
    let request = request(cx, Some(&service.name), rows.values(), rows.secret());
    let file = stored.to_owned();
    match cx.run_judgement(move || check_stored(&file, &request)).await? {
        Some(judged) => judged.map_err(refused_file),
        None => Err(unreadable_file()),
    }
}
