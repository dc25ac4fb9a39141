//! The switches of an application in Coolify's answers.

use serde::Deserialize;

use crate::wire;

/// Switches of an application that decide what starts a deployment, what it reads beside its commit, and the network of
/// its containers.
#[derive(Clone, Copy, Debug, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "an application's switches are independent")]
pub(crate) struct Switches {
    #[serde(default, rename = "is_auto_deploy_enabled", deserialize_with = "wire::flag")]
    pub(crate) auto_deploy: bool,
    #[serde(default, rename = "is_git_submodules_enabled", deserialize_with = "wire::flag")]
    pub(crate) submodules: bool,
    #[serde(default, rename = "is_git_lfs_enabled", deserialize_with = "wire::flag")]
    pub(crate) lfs: bool,
    #[serde(default, rename = "is_preview_deployments_enabled", deserialize_with = "wire::flag")]
    pub(crate) previews: bool,
    #[serde(default, rename = "connect_to_docker_network", deserialize_with = "wire::flag")]
    pub(crate) connects: bool,
}
