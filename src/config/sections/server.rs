//! `[server]` and `[database]`.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use url::Url;

use crate::config::settings::ServerSettings;
use crate::config::shown::Shown;
use crate::config::table::Table;

pub(in crate::config) fn server(table: &mut Table<'_>) -> Option<ServerSettings> {
    let listen = table.get::<SocketAddr>("listen");
    let console_listen = table.get::<SocketAddr>("console_listen");
    let public_url = table.get_with_cell::<Url>("public_url");
    let console_url = table.get::<Url>("console_url");
    let data_dir = table.get::<String>("data_dir").map(PathBuf::from);
    let trusted_proxies = table.get("trusted_proxies");
    let metrics_listen = table.get::<SocketAddr>("metrics_listen");

    if let Some((url, cell)) = &public_url
        && (url.query().is_some() || url.fragment().is_some())
    {
        cell.refuse("must not carry `?` or `#`: links are built behind it");
    }
    if listen.is_some() && (listen == console_listen || listen == metrics_listen) {
        table.refuse(
            "two of `listen`, `console_listen` and `metrics_listen` are the same address",
            Some("leave `console_listen` out to have the console at `/console`"),
        );
    }
    let public_url = public_url.map_or_else(|| url_of(listen?), |(url, _)| Some(url))?;
    let console_url = console_url.or_else(|| below(&public_url, "console"))?;
    table.show("public_url", Shown::text(public_url.as_str()));
    table.show("console_url", Shown::text(console_url.as_str()));
    Some(ServerSettings {
        listen: listen?,
        console_listen,
        public_url,
        console_url,
        data_dir: data_dir?,
        trusted_proxies: trusted_proxies?,
        metrics_listen,
    })
}

/// How the server is reached when nobody said: by the address it listens on, or this machine's own if it is all.
fn url_of(listen: SocketAddr) -> Option<Url> {
    if listen.ip().is_unspecified() {
        return Url::parse(&format!("http://localhost:{}", listen.port())).ok();
    }
    Url::parse(&format!("http://{listen}")).ok()
}

fn below(base: &Url, folder: &str) -> Option<Url> {
    Url::parse(&format!("{}/{folder}", base.as_str().trim_end_matches('/'))).ok()
}

/// The database's URL; the default is a file in the data directory.
pub(in crate::config) fn database(table: &mut Table<'_>, data_dir: &Path) -> Option<String> {
    let Some(cell) = table.cell("url") else {
        let url = format!("sqlite:{}", data_dir.join("allclear.db").display());
        table.show("url", Shown::text(&url));
        return Some(url);
    };
    let text = cell.text()?;
    let has_password = Url::parse(&text).is_ok_and(|url| url.password().is_some());
    table.show(
        "url",
        if has_password || cell.is_kept_elsewhere() {
            Shown::secret(text.clone())
        } else {
            Shown::text(&text)
        },
    );
    let is_known = ["sqlite:", "postgres://", "postgresql://"]
        .iter()
        .any(|scheme| text.len() > scheme.len() && text.starts_with(scheme));
    if !is_known {
        cell.refuse_with(
            "is neither SQLite nor PostgreSQL",
            "write \"sqlite:data/allclear.db\" or \"postgres://user@host/db\"",
        );
        return None;
    }
    Some(text)
}
