//! The surface from outside: every operation by every surface, over real HTTP.

mod audit;
mod bootstrap;
mod creations;
mod docs;
mod doors;
mod envelope;
mod faults;
mod journey;
mod keys;
mod matrix;
mod mcp;
mod pages;
mod projects;
mod properties;
mod schemas;
mod support;
mod workspaces;
