//! The workspace server over real files, processes and repositories.

mod commands;
mod confined;
mod files;
mod hostile;
mod paths;
mod pushes;
mod races;
mod refused_pushes;
mod search;
mod settings;
mod support;
