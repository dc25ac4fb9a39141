//! The operations over simulated upstreams, and the documents that are computed from the registry.

mod apps;
mod auth_providers;
mod by_name;
mod call_budget;
mod code;
mod compose_apps;
mod containers;
mod creating;
mod creations;
mod databases;
mod deploying;
mod domains;
mod envs;
mod faults;
mod hand_made;
mod lists;
mod openapi;
mod operator;
mod polling;
mod projects;
mod pushes;
mod repos;
mod repositories;
mod scale;
mod storage;
mod support;
