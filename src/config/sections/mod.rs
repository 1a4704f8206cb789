//! One file per part of allclear.toml: each reads its table into the settings of the room it configures.

pub(super) mod check;
pub(super) mod component;
pub(super) mod http;
pub(super) mod kinds;
pub(super) mod objective;
pub(super) mod page;
pub(super) mod process;
pub(super) mod server;
