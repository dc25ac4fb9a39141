//! Workspaces over simulated upstreams and without HTTP.

mod workspaces;
