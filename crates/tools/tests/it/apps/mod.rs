//! Changing, rewiring, deleting and looking at apps, and their domains: of all kinds, on every
//! release of Coolify.

mod bot_access;
mod branches;
mod clone_urls;
mod container_limits;
mod delete;
mod domains;
mod fixture;
mod get_and_list;
mod kept_domains;
mod local_images;
mod rewire_git;
mod runtime_settings;
mod settings_read_back;
mod ssh_clone_keys;
mod unchanged_domains;
mod update;
mod worked_examples;
