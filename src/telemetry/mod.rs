//! Our own health: logs, metrics, request ids.
