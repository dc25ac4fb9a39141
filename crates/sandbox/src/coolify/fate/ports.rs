//! The ports on which official images listen.

/// Official images that listen on one port, whatever `PORT` says.
const PORTS: [(&str, u16); 6] = [
    ("nginx", 80),
    ("httpd", 80),
    ("postgres", 5432),
    ("redis", 6379),
    ("mysql", 3306),
    ("mongo", 27017),
];

/// Returns the port on which the program of an image listens; none of an image that is not known.
pub(crate) fn listens_on(image: &str) -> Option<u16> {
    let name = image.strip_prefix("docker.io/").unwrap_or(image);
    let name = name.strip_prefix("library/").unwrap_or(name);
    let name = name.split([':', '@']).next()?;
    PORTS.iter().find(|(known, _)| *known == name).map(|(_, port)| *port)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_official_images_have_known_ports() {
        assert_eq!(listens_on("nginx:1.27"), Some(80));
        assert_eq!(listens_on("docker.io/library/redis"), Some(6379));
        assert_eq!(listens_on("acme/nginx:1"), None);
    }
}
