//! The workspace server over real files, processes and repositories.

mod command_confinement;
mod commands;
mod file_search;
mod files;
mod hostile_repositories;
mod link_races;
mod path_traversal;
mod pushes;
mod refused_pushes;
mod settings;
mod workspace_fixture;
