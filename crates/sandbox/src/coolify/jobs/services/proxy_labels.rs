//! The proxy's labels of a service's containers (seen with 4.3.11).

use crate::coolify::compose::File;
use crate::coolify::model::Stack;

/// The names of images, without a tag.
type Names = &'static [&'static str];

/// Images for which Coolify ignores a container's URLs and takes those of variables, each with its
/// port: `SPECIFIC_SERVICES` and `generateServiceSpecificFqdns`.
const SPECIFIC: [(Names, &[(&str, &str)]); 3] = [
    (
        &["minio/minio", "quay.io/minio/minio", "coollabsio/minio", "ghcr.io/coollabsio/minio"],
        &[("MINIO_SERVER_URL", "9000"), ("MINIO_BROWSER_REDIRECT_URL", "9001")],
    ),
    (&["svhd/logto"], &[("LOGTO_ENDPOINT", "3001"), ("LOGTO_ADMIN_ENDPOINT", "3002")]),
    (
        &["dxflrs/garage"],
        &[("GARAGE_S3_API_URL", "3900"), ("GARAGE_WEB_URL", "3902"), ("GARAGE_ADMIN_URL", "3903")],
    ),
];

/// Returns the labels of each service of the file, by its name.
pub(super) fn labels(stack: &Stack, uuid: &str, file: &File) -> Vec<(String, Vec<String>)> {
    let services = file.services.iter().map(|service| {
        let routed = urls(stack, &service.name, &service.image);
        let routed = routed.iter().enumerate();
        let labels = routed.flat_map(|(at, url)| labels_for_url(at, url, &service.name, uuid));
        let labels: Vec<_> = labels.collect();
        let first = (!labels.is_empty()).then(|| "traefik.enable=true".to_owned());
        (service.name.clone(), first.into_iter().chain(labels).collect())
    });
    services.collect()
}

/// Returns the URLs that lead to a service.
fn urls(stack: &Stack, name: &str, image: &str) -> Vec<String> {
    let plain = image.split(':').next().unwrap_or_default();
    if let Some((_, keys)) = SPECIFIC.iter().find(|(images, _)| images.contains(&plain)) {
        let url_with_port = |(key, port): &(&str, &str)| {
            let variable = stack.variables.iter().find(|variable| variable.key == *key)?;
            let url = variable.value().filter(|url| !url.is_empty())?;
            Some(format!("{url}:{port}"))
        };
        return keys.iter().map(url_with_port).collect::<Option<_>>().unwrap_or_default();
    }
    let container = stack.containers.iter().find(|one| one.name == name && !one.is_database);
    container.map(|one| one.urls.clone()).unwrap_or_default()
}

fn labels_for_url(at: usize, url: &str, name: &str, uuid: &str) -> Vec<String> {
    let (scheme, rest) = url.split_once("://").unwrap_or(("http", url));
    let (address, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    let (host, port) = address.rsplit_once(':').unwrap_or((address, ""));
    let path = if path.is_empty() { "/" } else { path };
    let router = format!("{scheme}-{at}-{uuid}-{name}");
    let mut labels = vec![
        format!("traefik.http.routers.{router}.rule=Host(`{host}`) && PathPrefix(`{path}`)"),
        format!("traefik.http.routers.{router}.entryPoints={scheme}"),
        format!("caddy_{at}={scheme}://{host}"),
        format!("caddy_{at}.handle_path={path}*"),
    ];
    if !port.is_empty() {
        labels.push(format!("traefik.http.services.{router}.loadbalancer.server.port={port}"));
    }
    labels
}
