//! The notifier on both databases.
