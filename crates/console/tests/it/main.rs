//! The pages in a real browser: each one from sample views, wide and narrow, light and dark.

mod escaping;
mod page_properties;
mod samples;
mod script_behaviour;
mod server;
