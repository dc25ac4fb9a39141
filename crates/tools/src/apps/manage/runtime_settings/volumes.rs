//! The volumes of an app.

use covibe_coolify as coolify;
use covibe_coolify::Application;
use covibe_domain::Failure;
use covibe_domain::shell::{MountPath, VolumeName};
use covibe_policy::Owned;
use covibe_workspace::Coolify;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::resource_names::{self, whole};

/// The folders of a container that belong to the kernel.
const OF_KERNEL: [&str; 3] = ["/proc", "/sys", "/dev"];

/// A folder that outlasts the app's containers.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Volume")]
pub(in crate::apps) struct VolumeInput {
    /// The volume's name, unique in the app, such as `uploads`.
    #[schemars(length(max = 63))]
    #[schemars(extend("x-pattern" = whole(VolumeName::PATTERN)), example = &"uploads")]
    name: String,
    /// The folder's absolute path in the container, such as `/data`.
    #[schemars(length(max = 200))]
    #[schemars(extend("x-pattern" = whole(MountPath::PATTERN)), example = &"/data")]
    mount_path: String,
}

/// A folder that outlasts the app's containers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::apps) struct Volume {
    name: VolumeName,
    mount_path: MountPath,
}

/// Returns the volumes that a parameter asks for.
///
/// # Errors
///
/// Invalid if a name or path is, or if they can't be mounted together.
pub(in crate::apps) fn parse_volumes(
    param: &str,
    volumes: &[VolumeInput],
) -> Result<Vec<Volume>, Failure> {
    let parse = |(at, input): (usize, &VolumeInput)| {
        let name = resource_names::shell_text(&format!("{param}[{at}].name"), &input.name)?;
        let path = format!("{param}[{at}].mountPath");
        Ok(Volume { name, mount_path: resource_names::shell_text(&path, &input.mount_path)? })
    };
    let volumes: Vec<_> = volumes.iter().enumerate().map(parse).collect::<Result<_, Failure>>()?;
    check(param, &volumes)?;
    Ok(volumes)
}

fn check(param: &str, volumes: &[Volume]) -> Result<(), Failure> {
    let invalid = |message: String| Failure::invalid(format!("`{param}`: {message}"));
    for (at, volume) in volumes.iter().enumerate() {
        let Volume { name, mount_path } = volume;
        if volumes[..at].iter().any(|other| other.name == *name) {
            return Err(invalid(format!("{name} occurs twice."))
                .hint("Give each `mountPath` its own volume."));
        }
        if volumes[..at].iter().any(|other| other.mount_path == *mount_path) {
            return Err(invalid(format!("{mount_path} occurs twice."))
                .hint("Mount one volume at each path."));
        }
        let is_below = |root: &&str| {
            let rest = mount_path.as_str().strip_prefix(*root);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        if OF_KERNEL.iter().any(is_below) {
            return Err(invalid(format!("{mount_path} belongs to the kernel."))
                .hint("Mount the folder that the app writes to, such as /data."));
        }
    }
    Ok(())
}

/// Makes these the volumes of an app from the next deployment on: mounts what is missing, moves what is
/// mounted elsewhere, and no longer mounts the others, whose data stays. Returns the names of those.
///
/// It looks first, so that a repeated call does not mount anything twice.
pub(in crate::apps) async fn write(
    coolify: &Coolify,
    app: &Owned<Application>,
    wanted: &[Volume],
) -> Result<Vec<String>, Failure> {
    let present = coolify.volumes(app).await?;
    let mut unmounted = Vec::new();
    for volume in &present {
        if !wanted.iter().any(|one| one.name.as_str() == volume.name) {
            let done = coolify.unmount_volume(app, volume).await;
            done.map_err(Failure::in_doubt)?;
            unmounted.push(volume.name.clone());
        }
    }
    for one in wanted {
        match present.iter().find(|volume| one.name.as_str() == volume.name) {
            None => coolify.mount_volume(app, &one.name, &one.mount_path).await,
            Some(volume) if volume.mount_path != one.mount_path.as_str() => {
                coolify.move_volume(app, volume, &one.mount_path).await
            }
            Some(_) => Ok(()),
        }
        .map_err(Failure::in_doubt)?;
    }
    Ok(unmounted)
}

/// Returns whether these are the volumes that Coolify has.
pub(in crate::apps) fn is_same_set(wanted: &[Volume], present: &[coolify::Volume]) -> bool {
    let has = |one: &Volume| {
        present.iter().any(|volume| {
            volume.name == one.name.as_str() && volume.mount_path == one.mount_path.as_str()
        })
    };
    wanted.len() == present.len() && wanted.iter().all(has)
}

/// Converts Coolify's volumes.
pub(in crate::apps) fn volume_inputs(present: Vec<coolify::Volume>) -> Vec<VolumeInput> {
    let volume = |one: coolify::Volume| VolumeInput { name: one.name, mount_path: one.mount_path };
    present.into_iter().map(volume).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn volume(name: &str, path: &str) -> Volume {
        Volume { name: name.parse().unwrap(), mount_path: path.parse().unwrap() }
    }

    #[test]
    fn rejects_volumes_that_cannot_be_mounted_together() {
        let refused = |volumes: &[Volume]| check("volumes", volumes).unwrap_err().message;
        let same_name = [volume("data", "/a"), volume("data", "/b")];
        assert_eq!(refused(&same_name), "`volumes`: data occurs twice.");
        let same_path = [volume("a", "/data"), volume("b", "/data")];
        assert_eq!(refused(&same_path), "`volumes`: /data occurs twice.");
        assert!(refused(&[volume("a", "/proc/1")]).contains("belongs to the kernel"));
        let good = [volume("a", "/data"), volume("b", "/data/cache"), volume("c", "/devices")];
        assert!(check("volumes", &good).is_ok());
    }

    #[test]
    fn compares_volumes_in_any_order() {
        let present = |name: &str, path: &str| coolify::Volume {
            uuid: "storage1".parse().unwrap(),
            name: name.to_owned(),
            mount_path: path.to_owned(),
        };
        let wanted = [volume("a", "/a"), volume("b", "/b")];
        assert!(is_same_set(&wanted, &[present("b", "/b"), present("a", "/a")]));
        assert!(!is_same_set(&wanted, &[present("b", "/b"), present("a", "/c")]));
        assert!(!is_same_set(&wanted[..1], &[present("b", "/b"), present("a", "/a")]));
    }
}
