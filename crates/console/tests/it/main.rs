//! The pages in a real browser: each one from sample views, wide and narrow, light and dark.

mod escaping;
mod page_properties;
mod page_server;
mod samples;
mod script_behaviour;
