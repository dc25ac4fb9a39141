//! Workspaces over simulated upstreams and without HTTP.

mod support;
mod workspaces;
