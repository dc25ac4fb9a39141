//! The program as clients start it: messages on stdin and stdout.

mod bounds;
mod clients;
mod config;
mod eras;
mod http;
mod jobs;
mod lists;
mod program;
mod settings;
mod smoke;
mod surroundings;
