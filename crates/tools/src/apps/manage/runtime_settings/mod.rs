//! Settings that make an app last: folders that outlast its containers, and a check before a new
//! container replaces the running one.

mod health_check;
mod volumes;

pub(super) use health_check::{HealthCheckInput, ShownCheck};
pub(super) use volumes::{Volume, VolumeInput, is_same_set, parse_volumes, volume_inputs, write};

/// Returns the hints for a new app without volumes or a health check.
pub(super) fn hints(has_volumes: bool, has_health_check: bool) -> Vec<String> {
    let mut hints = Vec::new();
    if !has_volumes {
        hints.push(
            "Files that the app writes are lost at its next deployment. To keep a folder, pass \
             `volumes` to apps.update; keep other data in a database."
                .to_owned(),
        );
    }
    if !has_health_check {
        hints.push(
            "Without a health check, a version that crashes replaces the running one. Pass \
             `healthCheck` to apps.update; the image needs curl or wget. A HEALTHCHECK in its \
             Dockerfile works too."
                .to_owned(),
        );
    }
    hints
}
