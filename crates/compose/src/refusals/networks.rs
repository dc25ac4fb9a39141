//! Problems of networks and of the names on them.

use super::refusals;

const OWN_NETWORK: &str =
    "Remove it: services of one file reach each other by service name on networks of their own.";
const RENAME: &str = "Use another name, without dots.";

refusals! {
    forbidden claimed_address: "choosing an address is not allowed", OWN_NETWORK;
    forbidden network_options: "configuring the host's network is not allowed", OWN_NETWORK;
    forbidden other_driver: "the network driver is not bridge", OWN_NETWORK;
    forbidden external_network: "joining a network from outside this app is not allowed", OWN_NETWORK;
    forbidden network_name: "the name could select a network of another app", OWN_NETWORK;
    forbidden address_management: "choosing addresses of the host's network is not allowed", OWN_NETWORK;
    forbidden attachable_network: "letting other containers join the network is not allowed", OWN_NETWORK;
    forbidden network_mode: "leaving the app's own networks is not allowed",
        "Remove it: services of one file reach each other by service name.";
    invalid duplicate_item: "a name appears twice", "Keep one of them.";
    forbidden platform_name: "the platform itself has this name", RENAME;
    forbidden internet_name: "the platform's proxy could resolve an internet host to this container", RENAME;
}
