//! Manual changes of half-provisioned workspaces: the next run completes or repairs them, or fails
//! with a hint and completes them afterwards.

mod coolify;
mod gitea;
