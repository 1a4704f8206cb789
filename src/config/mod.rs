//! The process's settings and the manifest of components: configuration as code (D12).

pub mod manifest;
