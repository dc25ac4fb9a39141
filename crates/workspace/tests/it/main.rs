//! Workspaces over simulated upstreams and without HTTP.

mod activity;
mod workspaces;
