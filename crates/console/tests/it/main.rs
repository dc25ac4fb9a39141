//! The pages in a real browser: each one from sample views, wide and narrow, light and dark.

mod behaviour;
mod escaping;
mod everywhere;
mod samples;
mod server;
