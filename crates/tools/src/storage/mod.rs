//! Object storage: the workspace's bucket, which its apps reach by S3.

mod describe;
mod inject_env;
mod provision;
mod variables;
mod view;

use covibe_workspace::Tool;

/// Returns the operations of this family.
pub(crate) fn operations() -> Vec<Tool> {
    vec![
        Tool::of::<describe::DescribeStorage>(),
        Tool::of::<provision::ProvisionStorage>(),
        Tool::of::<inject_env::InjectStorage>(),
    ]
}
