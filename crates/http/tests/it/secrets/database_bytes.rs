//! The bytes of the database, as they are stored.

use std::path::Path;

use covibe_domain::Secret;
use covibe_testkit_http::Location;
use tokio_postgres::NoTls;

/// The bytes of the database: of SQLite its files, of PostgreSQL all rows of all tables of ours.
pub(super) async fn read_database(at: &Location) -> Vec<u8> {
    match at {
        Location::File(path) => files(path),
        Location::Server(database) => rows(&database.superuser_url).await,
    }
}

fn files(path: &Path) -> Vec<u8> {
    let mut bytes = std::fs::read(path).expect("the database");
    for more in ["-wal", "-shm", "-journal"] {
        let mut beside = path.as_os_str().to_owned();
        beside.push(more);
        bytes.extend(std::fs::read(beside).unwrap_or_default());
    }
    bytes
}

async fn rows(url: &Secret) -> Vec<u8> {
    let (client, connection) = tokio_postgres::connect(url.expose(), NoTls).await.expect("it");
    let driver = tokio::spawn(connection);
    let tables = "SELECT relname::text FROM pg_class WHERE relkind IN ('r', 'p') AND \
                  relnamespace = 'public'::regnamespace";
    let tables = client.query(tables, &[]).await.expect("tables");
    assert!(tables.len() > 10);
    let mut all = String::new();
    for table in tables {
        let table: String = table.get(0);
        let rows = client.query(&format!("SELECT t::text FROM {table} t"), &[]).await;
        for row in rows.expect("rows") {
            all.push_str(&row.get::<_, String>(0));
            all.push('\n');
        }
    }
    drop(client);
    driver.await.expect("no panic").expect("a clean end");
    all.into_bytes()
}
