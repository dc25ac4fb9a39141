//! The workspace server over real files, processes and repositories.

mod commands;
mod confined;
mod files;
mod hostile;
mod link_races;
mod path_traversal;
mod pushes;
mod refused_pushes;
mod search;
mod settings;
mod support;
