//! The surface from outside: every operation by every surface, over real HTTP.

mod audit;
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
mod properties;
mod schemas;
mod support;
