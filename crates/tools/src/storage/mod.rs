//! Object storage: the workspace's bucket, which its apps reach over S3.

mod describe;
mod inject_env;
mod provision;
mod storage_description;
mod undeployed_apps;
mod variables;

use covibe_workspace::Tool;

/// Returns the operations of this family.
pub(crate) fn operations() -> Vec<Tool> {
    vec![
        Tool::from_operation::<describe::DescribeStorage>(),
        Tool::from_operation::<provision::ProvisionStorage>(),
        Tool::from_operation::<inject_env::InjectStorage>(),
    ]
}
