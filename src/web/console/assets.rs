//! The console's stylesheet and icon, named by their content so that browsers may keep them for ever.

use std::sync::LazyLock;

use actix_web::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use actix_web::{HttpResponse, web};

use crate::markup::assets::{Asset, BASE, TOKENS};
use crate::web::problem::Problem;

static STYLE: LazyLock<Asset> = LazyLock::new(|| {
    below_console(Asset::style(
        "console",
        &[
            TOKENS,
            BASE,
            include_str!("../../../static/css/console.css"),
        ],
    ))
});

static ICON: LazyLock<Asset> = LazyLock::new(|| {
    let text = include_str!("../../../static/img/favicon-allclear.svg");
    below_console(Asset::named("allclear", "svg", text.trim().to_owned()))
});

/// The console may have an address of its own, where `/static` belongs to nobody.
fn below_console(mut asset: Asset) -> Asset {
    asset.path = format!("/console{}", asset.path);
    asset
}

#[must_use]
pub fn style_path() -> &'static str {
    &STYLE.path
}

#[must_use]
pub fn icon_path() -> &'static str {
    &ICON.path
}

/// `GET /console/static/{name}`
pub async fn show(name: web::Path<String>) -> Result<HttpResponse, Problem> {
    let wanted = format!("/console/static/{name}");
    let asset = [&*STYLE, &*ICON]
        .into_iter()
        .find(|asset| asset.path == wanted)
        .ok_or(Problem::NotFound)?;
    Ok(HttpResponse::Ok()
        .insert_header((CONTENT_TYPE, asset.content_type))
        .insert_header((CACHE_CONTROL, "public, max-age=31536000, immutable"))
        .body(asset.text.as_str()))
}
