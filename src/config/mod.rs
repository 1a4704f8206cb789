//! The process's settings and the manifest of components: config as code.
