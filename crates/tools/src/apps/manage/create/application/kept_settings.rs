//! Checks that Coolify kept the settings of a new application.

use covibe_coolify::{Application, ApplicationPatch};
use covibe_domain::Failure;
use covibe_domain::image::ImageReference as Image;
use covibe_domain::shell::{Branch, Ports};

use crate::apps::errors::overwritten_setting;
use crate::apps::manage::create::requested_hosts::dropped_host;
use crate::apps::manage::update::application_ports::is_followed;

/// Returns whether an application has all settings of a patch, and the proxy follows them.
pub(super) fn has_all(app: &Application, settings: &ApplicationPatch) -> bool {
    check_kept(app, settings).is_ok() && is_followed(app)
}

/// Fails if a setting differs from what was written: Coolify answers 200 even if it does not keep
/// one, and such an application must not be deployed.
pub(super) fn check_kept(app: &Application, written: &ApplicationPatch) -> Result<(), Failure> {
    let is_kept = |present: &Option<String>, written: Option<&str>| {
        written.is_none() || present.as_deref() == written
    };
    let settings = [
        ("clone URL", is_url_kept(app, written)),
        ("branch", is_kept(&app.git_branch, written.git_branch.as_ref().map(Branch::as_str))),
        ("build pack", written.build_pack.is_none_or(|pack| app.build_pack == Some(pack.into()))),
        ("ports", is_kept(&app.ports_exposes, written.ports_exposes.as_ref().map(Ports::as_str))),
        ("commit", written.source.as_ref().is_none_or(|source| app.has_source(source))),
        ("image", is_image_kept(app, written)),
        ("health check", written.health_check.as_ref().is_none_or(|check| check.is_of(app))),
        ("limits", written.limits.are_of(app)),
    ];
    match settings.into_iter().find(|(_, is_kept)| !is_kept) {
        Some((setting, _)) => Err(overwritten_setting(setting)),
        None => Ok(()),
    }
}

fn is_url_kept(app: &Application, written: &ApplicationPatch) -> bool {
    let Some(url) = &written.git_repository else { return true };
    app.git_url().is_some_and(|present| present.equals(url.secret()))
}

fn is_image_kept(app: &Application, written: &ApplicationPatch) -> bool {
    let Some(image) = &written.image else { return true };
    let present = app.image().and_then(|image| image.parse::<Image>().ok());
    present.is_some_and(|present| present.is_same_as(image))
}

/// Returns the warning if the host does not lead to the application.
pub(super) fn unattached_host(app: &Application, host: &str) -> Option<String> {
    if app.domains().iter().any(|domain| domain == host) {
        return None;
    }
    Some(if app.is_compose() {
        format!(
            "The domain {host} is not attached yet: Coolify attaches the domains of a compose file by \
             service, once it has read the file. Deploy, then call apps.domains.set with a `service`."
        )
    } else {
        dropped_host(host)
    })
}
