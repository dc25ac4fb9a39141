//! The documents that are computed from the registry.

mod openapi;
