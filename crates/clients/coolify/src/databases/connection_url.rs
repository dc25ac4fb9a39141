//! The internal connection URL, by Coolify's own table, and the credentials in it.

use covibe_domain::entities::Flavor;
use covibe_domain::{DatabaseUuid, Secret};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use url::Url;

use super::credentials::Credentials;
use crate::records::Database;

/// The characters that PHP's `rawurlencode` escapes.
const UNRESERVED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

impl Database {
    /// Returns the URL that apps connect by, without TLS, as Coolify (4.3) writes it.
    ///
    /// `user` and `database` are the flavor's defaults when absent, and mean nothing to flavors
    /// whose URL has none. Dragonfly needs it: the answer to its creation has no URL.
    pub fn url_from(
        flavor: Flavor,
        uuid: &DatabaseUuid,
        user: Option<&str>,
        password: &Secret,
        database: Option<&str>,
    ) -> Secret {
        let password = encode(password.expose());
        let named = |default: &str| encode(user.unwrap_or(default));
        let base = |default: &str| encode(database.unwrap_or(default));
        Secret::new(match flavor {
            Flavor::Postgresql => format!(
                "postgres://{}:{password}@{uuid}:5432/{}",
                named("postgres"),
                base("postgres")
            ),
            Flavor::Mysql => {
                format!("mysql://{}:{password}@{uuid}:3306/{}", named("mysql"), base("default"))
            }
            Flavor::Mariadb => {
                format!("mysql://{}:{password}@{uuid}:3306/{}", named("mariadb"), base("default"))
            }
            Flavor::Mongodb => format!(
                "mongodb://{}:{password}@{uuid}:27017/?directConnection=true",
                named("root")
            ),
            Flavor::Redis => format!("redis://{}:{password}@{uuid}:6379/0", named("default")),
            Flavor::Keydb | Flavor::Dragonfly => format!("redis://:{password}@{uuid}:6379/0"),
            Flavor::Clickhouse => format!(
                "clickhouse://{}:{password}@{uuid}:9000/{}",
                named("default"),
                base("default")
            ),
        })
    }

    /// Returns the credentials in the URL that apps connect by, as far as they are there: MongoDB's
    /// names no database. `None` if Coolify does not return the URL.
    pub fn credentials(&self) -> Option<Credentials> {
        let url = Url::parse(self.internal_url.as_ref()?.expose()).ok()?;
        // A Redis before 6.0 has no user: the password stands in its place.
        let (user, password) =
            url.password().map_or(("", url.username()), |it| (url.username(), it));
        let text = |text: &str| Some(decode(text)).filter(|text| !text.is_empty());
        Some(Credentials {
            user: text(user),
            password: text(password).map(Secret::new),
            database: text(url.path().trim_start_matches('/')),
        })
    }
}

fn encode(text: &str) -> String {
    utf8_percent_encode(text, UNRESERVED).to_string()
}

fn decode(text: &str) -> String {
    percent_decode_str(text).decode_utf8_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connection_urls_have_coolifys_format_and_credentials_are_read_from_them() {
        let uuid = "zg4cwgc44ogc08804000gggo".parse().unwrap();
        let url = |flavor| {
            Database::url_from(flavor, &uuid, None, &Secret::new("p/w@1"), None).expose().to_owned()
        };
        assert_eq!(url(Flavor::Dragonfly), "redis://:p%2Fw%401@zg4cwgc44ogc08804000gggo:6379/0");
        assert_eq!(
            url(Flavor::Postgresql),
            "postgres://postgres:p%2Fw%401@zg4cwgc44ogc08804000gggo:5432/postgres"
        );
        let told = |url: &str| {
            let value = serde_json::json!({ "uuid": uuid, "internal_db_url": url });
            let database: Database = serde_json::from_value(value).unwrap();
            let told = database.credentials().unwrap();
            (told.user, told.password.map(|it| it.expose().to_owned()), told.database)
        };
        let some = |text: &str| Some(text.to_owned());
        let whole = told(&url(Flavor::Postgresql));
        assert_eq!(whole, (some("postgres"), some("p/w@1"), some("postgres")));
        assert_eq!(told(&url(Flavor::Mongodb)), (some("root"), some("p/w@1"), None));
        assert_eq!(told("redis://p%2Fw%401@h:6379/0"), (None, some("p/w@1"), some("0")));
        let named =
            Database::url_from(Flavor::Mysql, &uuid, Some("u"), &Secret::new("p"), Some("d"));
        assert_eq!(named.expose(), "mysql://u:p@zg4cwgc44ogc08804000gggo:3306/d");
    }
}
